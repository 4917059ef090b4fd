import { addBuckets, quantileBucket, total } from './buckets.ts';
import { type Evidence, noEvidence } from './evidence.ts';
import { categoryCount, cutShares } from './latency-tilt.ts';
import type { GateSettings } from './settings.ts';

/**
 * What the past says about the stable arm. All that chooses a factor comes from here, so it is older than the tick it is chosen
 * for; a wrong guess costs power, never validity.
 */
export interface Baseline {
  /** Before the rollout and in its calm ticks. */
  readonly requests: number;
  readonly failures: number;
  /** Of the last ten seconds or so: exponentially weighted sums. */
  readonly recent: { readonly at: number; readonly requests: number; readonly failures: number };
  /** Margins of the proofs of errors, differences of shares. */
  readonly margins: readonly number[];
  /** Answers by latency, before the rollout and in it. */
  readonly buckets: readonly number[];
  /** Buckets at which categories end, once there is enough to place them; never moved again. */
  readonly cuts: readonly number[] | null;
  readonly categories: readonly number[];
}

/** Fewer requests than these give no error share and no quantiles. */
const enough = 200;
const recentSeconds = 10;
const turbulence = 4;

/** `history` is the stable arm's before the rollout. */
export function openBaseline(history: Evidence | null, { errorMargins }: GateSettings): Baseline {
  const { requests, failures, buckets } = history ?? noEvidence;
  const share = requests > 0 ? failures / requests : 0;
  return {
    requests,
    failures,
    recent: { at: 0, requests: 0, failures: 0 },
    margins: errorMargins.map(({ absolute, relative }) => Math.max(absolute, relative * share)),
    buckets,
    cuts: null,
    categories: Array.from({ length: categoryCount }, () => 0),
  };
}

/** Error share a bettor believes in, never 0; null without enough requests. */
export function believedErrorShare({ requests, failures }: Baseline): number | null {
  return requests < enough ? null : smoothed(requests, failures);
}

/**
 * Whether the stable arm has just failed more than four standard deviations above what is believed. Such ticks feed no proof and no
 * belief: skipping is allowed where the past decides it, and trouble that both arms share would eat up the proof of a good release.
 */
export function isTurbulent({ requests, failures, recent }: Baseline): boolean {
  const expected = recent.requests * smoothed(requests, failures);
  return recent.failures > expected + turbulence * Math.sqrt(expected + 1);
}

const smoothed = (requests: number, failures: number) => (failures + 0.5) / (requests + 100);

/** Places the cuts if that is due. */
export function withCuts(baseline: Baseline): Baseline {
  if (baseline.cuts !== null || total(baseline.buckets) < enough) return baseline;
  const cuts = cutShares.map((share) => quantileBucket(baseline.buckets, share));
  return { ...baseline, cuts, categories: categoriesOf(baseline.buckets, cuts) };
}

/** Answers by category, each bucket taken as the one that `moved` (which must not fall) makes of it. */
export function categoriesOf(
  buckets: readonly number[],
  cuts: readonly number[],
  moved: (bucket: number) => number = (bucket) => bucket,
): readonly number[] {
  const categories = Array.from({ length: cuts.length + 1 }, () => 0);
  let category = 0;
  for (let k = 0; k < buckets.length; k++) {
    const count = buckets[k] ?? 0;
    if (count === 0) continue;
    const bucket = moved(k);
    while (category < cuts.length && bucket > (cuts[category] ?? 0)) category += 1;
    categories[category] = (categories[category] ?? 0) + count;
  }
  return categories;
}

/** Shares of the categories a bettor believes in, none of them 0. */
export function believedShares({ categories }: Baseline): readonly number[] {
  const all = total(categories) + categories.length;
  return categories.map((count) => (count + 1) / all);
}

/** Takes in what the stable arm did in a tick that ends `at`, once all was decided for that tick. */
export function absorb(baseline: Baseline, stable: Evidence, at: number): Baseline {
  const calm = !isTurbulent(baseline);
  const decay = Math.exp(-(at - baseline.recent.at) / recentSeconds);
  return {
    ...baseline,
    requests: baseline.requests + (calm ? stable.requests : 0),
    failures: baseline.failures + (calm ? stable.failures : 0),
    recent: {
      at,
      requests: baseline.recent.requests * decay + stable.requests,
      failures: baseline.recent.failures * decay + stable.failures,
    },
    buckets: addBuckets(baseline.buckets, stable.buckets),
  };
}
