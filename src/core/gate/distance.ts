import { noProof, type Proof } from './proof.ts';
import { proofsAsked } from './proven.ts';
import type { GateSettings } from './settings.ts';
import { type Comparison, isStableGone } from './state.ts';
import type { Signal } from './verdict.ts';

/**
 * How far a look has come to taking the release back: 0 nothing speaks against it, 1 the decision. A harm signal carries its part
 * of the weighted mean of all e-values, so their sum is that mean (see `harmOfAll`); evidence multiplies, so the way to the
 * threshold is measured in logarithms: ln Σ value / ln (1/α). A red check is a decision whatever was counted.
 */
export function harmDistance(signals: readonly Signal[]): number | null {
  if (signals.some(({ state }) => state === 'bad')) return 1;
  const parts = signals.filter(({ name }) => harmful.has(name)).flatMap(({ evidence }) => evidence ?? []);
  const [first] = parts;
  if (first === undefined) return null;
  const mean = parts.reduce((sum, { value }) => sum + value, 0);
  return share(Math.log(mean), Math.log(first.against));
}

const harmful: ReadonlySet<Signal['name']> = new Set(['errors', 'latency', 'crashes']);

/**
 * How far the services of a step are from being proven harmless, by the one that is farthest: 1 exactly where the gate takes them as
 * proven. A proof is as far as its log e-value is from ln (1/β), that of few errors no farther than the time from which its margin
 * is good enough; all percentiles of latency are asked for, of errors one margin. Null: nobody is there to compare with.
 */
export function proofDistance(comparisons: readonly Comparison[], settings: GateSettings): number | null {
  if (comparisons.length === 0 || comparisons.some((each) => isStableGone(each, settings))) return null;
  return Math.min(...comparisons.map((each) => proofOf(each, settings)));
}

function proofOf(comparison: Comparison, { beta, errorMargins }: GateSettings): number {
  const { errors, latency } = proofsAsked(comparison);
  const asked = Math.log(1 / beta);
  // What stands goes on standing while its evidence is above 1.
  const of = ({ logE, stands }: Proof) => (stands ? 1 : share(logE, asked));
  const fewFail = errorMargins.map(({ from }, i) =>
    Math.min(of(errors[i] ?? noProof), share(comparison.at, from)),
  );
  return Math.min(Math.max(0, ...fewFail), ...latency.map(of));
}

/** `part` of `whole` within 0 and 1; all of it where nothing is asked. */
function share(part: number, whole: number): number {
  return whole <= 0 ? 1 : Math.min(1, Math.max(0, part / whole));
}
