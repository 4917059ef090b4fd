import type { Random } from '#kernel';

/**
 * A generator with 128 bits of state: the runs of a comparison draw so many numbers that those of a 32-bit generator
 * would repeat. Algorithm: sfc32 by Chris Doty-Humphrey (PractRand, public domain).
 */
export function wideRandom(seed: number, scenario = 0, run = 0): Random {
  let [a, b, c, counter] = [seed >>> 0, (scenario ^ 0x9e3779b9) >>> 0, (run ^ 0x243f6a88) >>> 0, 1];
  const next = () => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + sum) >>> 0;
    return sum / 4_294_967_296;
  };
  for (let i = 0; i < 16; i += 1) next();
  return next;
}
