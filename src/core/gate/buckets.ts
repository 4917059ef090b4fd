/**
 * Latency histogram with logarithmic buckets: every octave has 8, so each is 9 % wider than the one before. Bucket k holds
 * latencies above 2^(k/8 - 4) ms and up to 2^((k+1)/8 - 4) ms: 62.5 µs to 131 s; what lies outside goes to the end buckets.
 * A slowdown by the factor 2^(s/8) moves every answer s buckets up, whatever the service's usual latency is.
 */
export const bucketCount = 168;

const perOctave = 8;
const lowestOctave = -4;

/** The bucket of a latency in milliseconds. A latency on a bound belongs to the bucket below it, despite rounding. */
export function bucketOf(millis: number): number {
  if (!(millis > 0)) return 0;
  const bucket = Math.ceil((Math.log2(millis) - lowestOctave) * perOctave - 1e-9) - 1;
  return Math.min(bucketCount - 1, Math.max(0, bucket));
}

export function bucketUpperMillis(bucket: number): number {
  return 2 ** (lowestOctave + (bucket + 1) / perOctave);
}

/** The lowest bucket at or below which the share (0 to 1) of all answers lies; the last one without answers. */
export function quantileBucket(buckets: readonly number[], share: number): number {
  const wanted = share * total(buckets);
  let seen = 0;
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    seen += buckets[bucket] ?? 0;
    if (seen >= wanted) return bucket;
  }
  return Math.max(0, buckets.length - 1);
}

export function total(counts: readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < counts.length; k++) sum += counts[k] ?? 0;
  return sum;
}

/** Answers in buckets above this one. */
export function countAbove(buckets: readonly number[], bucket: number): number {
  let sum = 0;
  for (let k = bucket + 1; k < buckets.length; k++) sum += buckets[k] ?? 0;
  return sum;
}

/** Sum of two histograms, either of which may end early. */
export function addBuckets(a: readonly number[], b: readonly number[]): readonly number[] {
  if (b.length === 0) return a;
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const sum = long.slice();
  for (let k = 0; k < short.length; k++) sum[k] = (sum[k] ?? 0) + (short[k] ?? 0);
  return sum;
}
