import type { Random } from '#kernel';
import { bucketCount, bucketOf } from '../buckets.ts';
import type { Evidence } from '../evidence.ts';

/** So many requests, some of them failed, the others with these latencies: milliseconds → answers. */
export function answers(
  requests: number,
  failures: number,
  latencies: Readonly<Record<number, number>> = { 80: requests - failures },
): Evidence {
  const buckets = Array.from({ length: bucketCount }, () => 0);
  for (const [millis, count] of Object.entries(latencies)) buckets[bucketOf(Number(millis))] = count;
  return { requests, failures, buckets };
}

/** Requests that each fail with a probability; latencies log-normal with this median, p95 at 3.1 times it. */
export function drawnArm(random: Random, requests: number, errorShare: number, median: number): Evidence {
  const buckets = Array.from({ length: bucketCount }, () => 0);
  let failures = 0;
  for (let i = 0; i < requests; i++) {
    if (random() < errorShare) failures += 1;
    else {
      const bucket = bucketOf(median * Math.exp(0.693 * standardNormal(random)));
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
  }
  return { requests, failures, buckets };
}

/** Box and Muller (1958). */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Knuth's product of uniforms; for small means. */
export function drawnPoisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let product = random();
  let events = 0;
  for (; product > limit; events++) product *= random();
  return events;
}
