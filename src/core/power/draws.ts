import type { Random } from '#kernel';

/** Random numbers of the usual kinds, all taken from one source. */
export interface Draws {
  /** Between 0 and 1, neither of them itself. */
  uniform(): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
  exponential(mean: number): number;
  poisson(mean: number): number;
  /** 1, 2, 3 …; `mean` is at least 1. */
  geometric(mean: number): number;
}

export function drawsFrom(random: Random): Draws {
  const uniform = () => Math.min(1 - 2 ** -33, Math.max(2 ** -33, random()));
  let spare: number | null = null;
  return {
    uniform,
    normal() {
      if (spare !== null) {
        const kept = spare;
        spare = null;
        return kept;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    exponential: (mean) => -mean * Math.log(uniform()),
    poisson: (mean) => poisson(uniform, mean),
    geometric: (mean) => (mean <= 1 ? 1 : 1 + Math.floor(Math.log(uniform()) / Math.log1p(-1 / mean))),
  };
}

/** How often something happens that happens `mean` times on average. */
export function poisson(random: Random, mean: number): number {
  if (!(mean > 0)) return 0;
  return mean < 10 ? poissonByInversion(mean, random) : poissonByRejection(mean, random);
}

function poissonByInversion(mean: number, uniform: () => number): number {
  let left = uniform();
  let chance = Math.exp(-mean);
  let count = 0;
  while (left > chance && count < 200) {
    left -= chance;
    count += 1;
    chance *= mean / count;
  }
  return count;
}

/** Transformed rejection (algorithm PTRS), Hörmann, "The transformed rejection method for generating Poisson random variables", 1993. */
function poissonByRejection(mean: number, uniform: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const logInverseAlpha = Math.log(1.1239 + 1.1328 / (b - 3.4));
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  const logMean = Math.log(mean);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const room = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / room + b) * u + mean + 0.43);
    if (room >= 0.07 && v <= squeeze) return count;
    if (count < 0 || (room < 0.013 && v > room)) continue;
    const bound = -mean + count * logMean - logFactorial(count);
    if (Math.log(v) + logInverseAlpha - Math.log(a / (room * room) + b) <= bound) return count;
  }
}

const smallFactorials: number[] = [0];
for (let i = 1; i < 128; i += 1) smallFactorials.push((smallFactorials[i - 1] ?? 0) + Math.log(i));

/** Stirling's series; to 1e-12 from 128 on. */
export function logFactorial(n: number): number {
  const known = smallFactorials[n];
  if (known !== undefined) return known;
  return (n + 0.5) * Math.log(n) - n + 0.918_938_533_204_672_7 + 1 / (12 * n) - 1 / (360 * n ** 3);
}
