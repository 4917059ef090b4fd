/** State of a generator: four words, never all zero. */
export type RandomState = Int32Array;

/**
 * The stream of a seed with a number: stream n begins 2^64 draws after stream n-1, so that no two overlap.
 *
 * @param seed a whole number from 0 to 2^32 - 1
 * @param stream 0 or more; each one costs 128 steps to reach
 */
export function randomStream(seed: number, stream: number): RandomState {
  const state = new Int32Array(4);
  let mixed = seed | 0;
  for (let word = 0; word < 4; word++) {
    // SplitMix with 32 bits (the constants of MurmurHash3's finalizer): neighbouring seeds get unlike states.
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    state[word] = z ^ (z >>> 16);
  }
  for (let jumped = 0; jumped < stream; jumped++) jump(state);
  return state;
}

/**
 * xoshiro128++ 1.0 of D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM Transactions on
 * Mathematical Software 47 (2021). Period 2^128 - 1. The casts are sound: a state has four words.
 *
 * @returns 32 random bits, as a signed whole number
 */
export function nextBits(state: RandomState): number {
  const first = state[0] as number;
  const second = state[1] as number;
  const third = (state[2] as number) ^ first;
  const fourth = (state[3] as number) ^ second;
  const sum = (first + (state[3] as number)) | 0;
  state[0] = first ^ fourth;
  state[1] = second ^ third;
  state[2] = third ^ (second << 9);
  state[3] = (fourth << 11) | (fourth >>> 21);
  return (((sum << 7) | (sum >>> 25)) + first) | 0;
}

/** A number from 0 to 1, both excluded: (k + 1/2) / 2^32. */
export const nextUniform = (state: RandomState): number => ((nextBits(state) >>> 0) + 0.5) * 2 ** -32;

/** The polynomial of the authors that moves a state by 2^64 steps. */
const jumpWords = [0x8764000b, 0xf542d2d3, 0x6fa035c3, 0x77f2db5b] as const;

function jump(state: RandomState): void {
  const moved = new Int32Array(4);
  for (const word of jumpWords)
    for (let bit = 0; bit < 32; bit++) {
      if ((word >>> bit) & 1)
        for (let index = 0; index < 4; index++)
          moved[index] = (moved[index] as number) ^ (state[index] as number);
      nextBits(state);
    }
  state.set(moved);
}
