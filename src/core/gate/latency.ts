import { believedShares, categoriesOf } from './baseline.ts';
import { bucketOf, bucketUpperMillis, countAbove, total } from './buckets.ts';
import { rankScore, scoresOf, tiltIncrements } from './latency-tilt.ts';
import { addToMixture } from './mixture.ts';
import { addToProof, noProof, type Proof, proofIncrement } from './proof.ts';
import { addToScore, type Score } from './score.ts';
import type { Dispersion, GateSettings } from './settings.ts';
import type { Comparison, Tick } from './state.ts';

/** What a tick says about latency; nothing before the cuts are placed or while the canary is still cold. */
export function compareLatency(
  { baseline, harm, scores, proofs }: Comparison,
  tick: Tick,
  settings: GateSettings,
  dispersion: Dispersion,
  warm: boolean,
) {
  const { cuts } = baseline;
  if (!warm || cuts === null) {
    const still = addToMixture(harm.latency, [], tick.at, settings);
    return { baseline, harm: still, rank: scores.rank, tail: scores.tail, proofs: proofs.latency };
  }
  const categories = {
    stable: categoriesOf(tick.stable.buckets, cuts),
    canary: categoriesOf(tick.canary.buckets, cuts, (bucket) => forgiven(bucket, settings)),
  };
  const shares = believedShares(baseline);
  const score = (before: Score, shape: 'rank' | 'aboveP95', phi: number) =>
    addToScore(before, rankScore(scoresOf(shares, shape), categories, phi), tick.at, settings.block);
  return {
    baseline: { ...baseline, categories: baseline.categories.map((n, k) => n + (categories.stable[k] ?? 0)) },
    harm: addToMixture(harm.latency, tiltIncrements(shares, categories, dispersion), tick.at, settings),
    rank: score(scores.rank, 'rank', dispersion.p50),
    tail: score(scores.tail, 'aboveP95', dispersion.p95),
    proofs: proveLatency(proofs.latency, baseline.buckets, cuts, tick, settings, dispersion),
  };
}

/** The percentiles that are proven, by their place among the cuts. */
export const proofCuts = [
  { cut: 1, percentile: 'p50' },
  { cut: 4, percentile: 'p95' },
  { cut: 5, percentile: 'p99' },
] as const;

/**
 * H0: answers beyond the stable percentile, stretched by the margin, are at least as frequent on the canary as answers beyond
 * the percentile itself on the stable arm. The alternative: the canary has the stable arm's own tail.
 */
function proveLatency(
  proofs: readonly Proof[],
  past: readonly number[],
  cuts: readonly number[],
  { stable, canary }: Tick,
  settings: GateSettings,
  dispersion: Dispersion,
): readonly Proof[] {
  const [ofStable, ofCanary, ofPast] = [total(stable.buckets), total(canary.buckets), total(past)];
  const believed = (bucket: number) => (countAbove(past, bucket - 1) + 0.5) / (ofPast + 1);
  return proofCuts.map(({ cut, percentile }, i) => {
    const slow = cuts[cut] ?? 0;
    const slower = excluded(slow, settings);
    const arms = {
      stable: { hits: countAbove(stable.buckets, slow - 1), trials: ofStable },
      canary: { hits: countAbove(canary.buckets, slower - 1), trials: ofCanary },
    };
    const alternative = { stable: believed(slow), canary: believed(slower) };
    const increment = proofIncrement(arms, alternative, 0) / dispersion[percentile];
    return addToProof(proofs[i] ?? noProof, increment, settings.beta);
  });
}

/**
 * A canary's bucket less the tolerance: a factor, or so many milliseconds where that is more. It never falls with the bucket, so
 * "stochastically at most the stable latency, slowed by the tolerance" is what is tested.
 */
function forgiven(bucket: number, { latencyTolerance, toleratedMillis }: GateSettings): number {
  const byFactor = bucket - latencyTolerance;
  if (toleratedMillis === 0) return byFactor;
  return Math.min(byFactor, bucketOf(bucketUpperMillis(bucket) - toleratedMillis));
}

/** The bucket whose reach the proof excludes: beyond the margin, and beyond what is tolerated. */
function excluded(bucket: number, { latencyMargin, toleratedMillis }: GateSettings): number {
  const byFactor = bucket + latencyMargin;
  if (toleratedMillis === 0) return byFactor;
  return Math.max(byFactor, bucketOf(bucketUpperMillis(bucket) + toleratedMillis) + 1);
}
