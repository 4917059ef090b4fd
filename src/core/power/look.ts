import { type Comparison, type GateSettings, harmOf } from '#core/gate';

/**
 * Whether the gate could say anything but "wait" before a hold is over: harm is a weighted mean, so it reaches its threshold only
 * where one of its parts does, and a proof needs all its parts. Exact, and much cheaper than asking the gate for its
 * whole account at each look.
 */
export function isWorthJudging(comparison: Comparison, { alpha }: GateSettings): boolean {
  const { errors, latency } = harmOf(comparison);
  if (Math.max(errors, latency) >= Math.log(1 / alpha)) return true;
  const { proofs } = comparison;
  return proofs.errors.some(({ stands }) => stands) && proofs.latency.every(({ stands }) => stands);
}
