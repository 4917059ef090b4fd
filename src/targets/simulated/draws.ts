import { logFactorial } from '#core/power';
import type { Random } from '#kernel';

/** Whether something happens that happens with this probability. Draws nothing where there is nothing to decide. */
export const happens = (random: Random, share: number): boolean =>
  share > 0 && (share >= 1 || random() < share);

/** Time until something that happens every `mean` on average; never for null. */
export const exponential = (random: Random, mean: number | null): number =>
  mean === null ? Number.POSITIVE_INFINITY : -Math.log(1 - random()) * mean;

/** Around `mean`: never under half of it, now and then several times as long, as starts of programs are. */
export const startTime = (random: Random, mean: number): number => mean / 2 + exponential(random, mean / 2);

/** A seed for a random source of its own, so that what one part draws does not change what another one sees. */
export const seedFrom = (random: Random): number => Math.floor(random() * 4_294_967_296);

/**
 * How many of `trials` succeed. Inversion for small means; from 10 on the transformed rejection BTRS of W. Hörmann, "The
 * generation of binomial random variates" (1993), which is exact at any size.
 */
export function binomial(random: Random, trials: number, share: number): number {
  if (trials <= 0 || share <= 0) return 0;
  if (share >= 1) return trials;
  if (share > 0.5) return trials - binomial(random, trials, 1 - share);
  return trials * share < 10
    ? binomialByInversion(random, trials, share)
    : binomialByRejection(random, trials, share);
}

function binomialByInversion(random: Random, trials: number, share: number): number {
  const odds = share / (1 - share);
  let chance = (1 - share) ** trials;
  let rest = random();
  let hits = 0;
  while (rest > chance && hits < trials) {
    rest -= chance;
    hits += 1;
    chance *= (odds * (trials - hits + 1)) / hits;
  }
  return hits;
}

function binomialByRejection(random: Random, trials: number, share: number): number {
  const spread = Math.sqrt(trials * share * (1 - share));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * share;
  const center = trials * share + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const logOdds = Math.log(share / (1 - share));
  const mode = Math.floor((trials + 1) * share);
  const atMode = logFactorial(mode) + logFactorial(trials - mode);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const hits = Math.floor(((2 * a) / us + b) * u + center);
    if (hits < 0 || hits > trials) continue;
    if (us >= 0.07 && v <= squeeze) return hits;
    const height = Math.log((v * alpha) / (a / (us * us) + b));
    const density = atMode - logFactorial(hits) - logFactorial(trials - hits) + (hits - mode) * logOdds;
    if (height <= density) return hits;
  }
}
