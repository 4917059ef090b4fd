import { bucketOf, type Evidence, type Tick } from '#core/gate';
import { drawAnswers, type Draws, latenciesOf } from '#core/power';

/** How requests depend on each other. In all three the new revision is as good as the old one. */
export type Law = 'independent' | 'autocorrelated' | 'bursty';

export const replicas = 4;
const requestsPerSecond = 60;
const errorShare = 0.01;
const weight = 0.2;
const seconds = 10;
/** Ten minutes. */
const ticks = 60;

/**
 * `autocorrelated`: what both revisions share drifts, with a memory of two minutes: the error share by a third up and down, all
 * latencies by a tenth. `bursty`: each replica, old or new, fails in clumps of four on average, and stalls for a second about
 * every minute and a half: two fifths of the answers of that second take 600 ms.
 */
export function* goodRelease(law: Law, draws: Draws): Generator<Tick> {
  const memory = Math.exp(-seconds / 120);
  const fresh = Math.sqrt(1 - memory ** 2);
  let [errors, latency] = [draws.normal(), draws.normal()];
  for (let tick = 1; tick <= ticks; tick += 1) {
    errors = memory * errors + fresh * draws.normal();
    latency = memory * latency + fresh * draws.normal();
    const drifts = law === 'autocorrelated';
    const failing = errorShare * (drifts ? Math.exp(0.33 * errors) : 1);
    const factor = drifts ? Math.exp(0.01 * Math.round(10 * latency)) : 1;
    const each = Array.from({ length: replicas }, () =>
      answers(law, draws, (requestsPerSecond * (1 - weight)) / replicas, failing, factor),
    );
    yield {
      at: tick * seconds,
      stable: together(each),
      canary: answers(law, draws, requestsPerSecond * weight, failing, factor),
      replicas: each,
    };
  }
}

function answers(law: Law, draws: Draws, rate: number, failing: number, factor: number): Evidence {
  const expected = rate * seconds;
  const bursty = law === 'bursty';
  let failures = 0;
  if (!bursty) failures = draws.poisson(expected * failing);
  else
    for (let clumps = draws.poisson((expected * failing) / 4); clumps > 0; clumps -= 1)
      failures += draws.geometric(4);
  const stalls = bursty ? draws.poisson(seconds / 90) : 0;
  const late = draws.poisson(stalls * rate * 0.4);
  const buckets = drawAnswers(draws, latencies(factor), Math.max(0, expected * (1 - failing) - late));
  if (late > 0) for (let bucket = 0; bucket <= bucketOf(600); bucket += 1) buckets[bucket] ??= 0;
  return evidence(
    failures,
    buckets.map((count, bucket) => (bucket === bucketOf(600) ? count + late : count)),
  );
}

const laws = new Map<number, ReturnType<typeof latenciesOf>>();

function latencies(factor: number) {
  const law = laws.get(factor) ?? latenciesOf({ medianMillis: 80, p95Millis: 250, factor });
  laws.set(factor, law);
  return law;
}

const evidence = (failures: number, buckets: readonly number[]): Evidence => ({
  requests: failures + buckets.reduce((sum, count) => sum + count, 0),
  failures,
  buckets,
});

function together(parts: readonly Evidence[]): Evidence {
  const length = Math.max(...parts.map(({ buckets }) => buckets.length));
  const buckets = Array.from({ length }, (_, i) =>
    parts.reduce((sum, part) => sum + (part.buckets[i] ?? 0), 0),
  );
  return evidence(
    parts.reduce((sum, { failures }) => sum + failures, 0),
    buckets,
  );
}
