import { blockAt } from './mixture.ts';

/**
 * Observed minus expected, summed over ticks, for one look at the deadline. `variance` is the model's, `squares` the sum of
 * squared sums of finished blocks: where blocks differ more than the model says, that decides, so that one bad block cannot.
 */
export interface Score {
  readonly sum: number;
  readonly variance: number;
  readonly block: number;
  readonly inBlock: number;
  readonly squares: number;
}

export const noScore: Score = { sum: 0, variance: 0, block: 0, inBlock: 0, squares: 0 };

export function addToScore(
  score: Score,
  tick: { readonly observed: number; readonly variance: number },
  at: number,
  blockLength: number,
): Score {
  const block = Math.max(score.block, blockAt(at, blockLength));
  const same = block === score.block;
  return {
    sum: score.sum + tick.observed,
    variance: score.variance + tick.variance,
    block,
    inBlock: (same ? score.inBlock : 0) + tick.observed,
    squares: score.squares + (same ? 0 : score.inBlock ** 2),
  };
}

/** Standard score; 0 where the canary did no worse than expected. */
export function standardScore({ sum, variance, inBlock, squares }: Score): number {
  return sum > 0 ? sum / Math.sqrt(Math.max(variance, squares + inBlock ** 2)) : 0;
}
