import { knowsLatency } from './harm.ts';
import { standardScore } from './score.ts';
import type { GateSettings } from './settings.ts';
import type { Comparison } from './state.ts';

/** The proofs a release needs: where the source knows no latency, as of jobs, none of it. */
export function proofsAsked(comparison: Comparison): Comparison['proofs'] {
  return knowsLatency(comparison) ? comparison.proofs : { ...comparison.proofs, latency: [] };
}

/** Every percentile of latency and one margin of errors whose time has come: each on its own, so no correction is needed. */
export function isProven(comparison: Comparison, { errorMargins }: GateSettings, at: number): boolean {
  const { errors, latency } = proofsAsked(comparison);
  const fewFail = errorMargins.some(({ from }, i) => at >= from && errors[i]?.stands === true);
  return fewFail && latency.every(({ stands }) => stands);
}

/** The largest of the three scores that are looked at once, at the deadline. */
export function worstScore({ scores }: Comparison): number {
  return Math.max(standardScore(scores.errors), standardScore(scores.rank), standardScore(scores.tail));
}
