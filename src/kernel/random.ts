/** A source of chance: numbers in [0, 1). Passed in, so that a failing seed can be replayed. */
export type Random = () => number;

/**
 * A small reproducible generator for tests, simulations and load: 32 bits of state, period 2^32, not for secrets.
 * Algorithm: mulberry32 by Tommy Ettinger (public domain).
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
