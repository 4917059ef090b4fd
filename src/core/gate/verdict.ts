import type { Tally } from './tally.ts';

/** What the evidence says. Only `pass` lets a step end (R7); `inconclusive` and `notMeasured` never do. */
export type Verdict =
  | {
      readonly kind: 'pass';
      /**
       * `proven`: harm beyond the margins is excluded, the step may end before its time. `noHarm`: there was enough to see
       * harm in and none was seen; this counts only once the hold is over.
       */
      readonly because: 'proven' | 'noHarm';
      readonly signals: readonly Signal[];
    }
  | { readonly kind: 'fail'; readonly because: Signal; readonly signals: readonly Signal[] }
  | {
      readonly kind: 'inconclusive' | 'notMeasured';
      readonly needs: readonly string[];
      readonly estimate: Estimate | null;
      readonly signals: readonly Signal[];
    };

/** What it would take to know more. */
export interface Estimate {
  /** Further requests of the canary. */
  readonly requests: number;
  /** How long they take at the present rate; null where there is none. */
  readonly seconds: number | null;
  /** Both, and the effect that could be seen with them. */
  readonly sentence: string;
}

/** One thing the gate looked at, with every number that led to its state. */
export interface Signal {
  readonly name: 'errors' | 'latency' | 'exposure' | 'check' | 'crashes' | 'noHarm';
  /** Service or check it speaks of. */
  readonly subject: string;
  readonly state: 'good' | 'bad' | 'waiting' | 'missing';
  /** Observed figure and the limit it is held against, in `unit`. */
  readonly observed: number;
  readonly limit: number;
  readonly unit: 'percent' | 'requests' | 'crashes' | 'milliseconds' | 'none';
  readonly sentence: string;
  readonly evidence: SignalEvidence | null;
}

export interface SignalEvidence {
  /**
   * E-value. Of harm (errors, latency, crashes): what this signal adds to the weighted mean of them all, and of the signal that
   * fails a release that mean itself. Of `noHarm`: the weakest of the proofs.
   */
  readonly value: number;
  /** From this value on the release is failed, or proven harmless. */
  readonly against: number;
  readonly canary: Tally;
  /** Null where there is no stable arm to compare with. */
  readonly stable: Tally | null;
}
