import { describe, expect, it } from 'vitest';
import { percent } from '#kernel';
import { activeAt } from './active.ts';

describe('a share of whole replicas', () => {
  it.each([
    [0, 4, 0],
    [50, 0, 0],
    [1, 4, 1], // never none of them where there is a weight
    [37, 4, 1],
    [38, 4, 2],
    [50, 3, 2],
    [100, 3, 3],
  ])('%i %% of %i is %i', (weight, replicas, active) => {
    expect(activeAt(percent(weight), replicas)).toBe(active);
  });
});
