/** What the evidence says. Only `pass` lets a step end (R7); `inconclusive` and `notMeasured` never do. */
export type Verdict =
  | { readonly kind: 'pass'; readonly signals: readonly Signal[] }
  | { readonly kind: 'fail'; readonly because: Signal; readonly signals: readonly Signal[] }
  | { readonly kind: 'inconclusive'; readonly needs: readonly string[]; readonly signals: readonly Signal[] }
  | { readonly kind: 'notMeasured'; readonly needs: readonly string[]; readonly signals: readonly Signal[] };

/** One thing the gate looked at, with every number that led to its state. */
export interface Signal {
  readonly name: 'errors' | 'latency' | 'exposure' | 'check' | 'crashes';
  /** Service or check it speaks of. */
  readonly subject: string;
  readonly state: 'good' | 'bad' | 'waiting' | 'missing';
  /** Observed figure and the limit it is held against, in `unit`. */
  readonly observed: number;
  readonly limit: number;
  readonly unit: 'percent' | 'requests' | 'crashes' | 'milliseconds' | 'none';
  readonly sentence: string;
}
