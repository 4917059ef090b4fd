import { describe, expect, test } from 'vitest';
import { instant } from '#kernel';
import { lagSeconds, lengthened, type LagTrail, shortened } from './lag.ts';

/** A look each second, by where the log was. */
const trailOf = (...positions: readonly number[]): LagTrail =>
  positions.reduce<LagTrail>(
    (trail, flushed, second) => lengthened(trail, instant(second * 1_000), flushed),
    [],
  );

describe('lag in seconds', () => {
  test.each([
    // positions of the log     replayed  now  lag
    [[100], 100, 9, 0],
    [[100], 200, 9, 0],
    [[100, 100, 100, 200], 100, 5, 2],
    [[100, 200, 300, 400], 100, 4, 3],
    [[100, 200, 300, 400], 250, 4, 2],
    [[100, 200, 300, 400], 399, 4, 1],
    [[], 0, 4, 0],
  ])('of the log at %j, with %i replayed, at second %i: %i', (positions, replayed, now, lag) => {
    expect(lagSeconds(trailOf(...positions), replayed, instant(now * 1_000))).toBe(lag);
  });

  test('forgets only what all have replayed', () => {
    const trail = trailOf(100, 200, 300, 400);
    expect(shortened(trail, 250).map(({ flushed }) => flushed)).toEqual([200, 300, 400]);
    expect(shortened(trail, 50)).toEqual(trail);
    expect(shortened(trail, 400).map(({ flushed }) => flushed)).toEqual([400]);
    for (const replayed of [0, 99, 100, 250, 400])
      expect(lagSeconds(shortened(trail, replayed), replayed, instant(9_000))).toBe(
        lagSeconds(trail, replayed, instant(9_000)),
      );
  });

  test('of a standby that is away for hours stays small in memory and right at its end', () => {
    const trail = trailOf(...Array.from({ length: 9_000 }, (_, second) => second + 1));
    expect(trail.length).toBeLessThanOrEqual(4_000);
    expect(lagSeconds(trail, 1, instant(9_000_000))).toBe(8_999);
    expect(lagSeconds(trail, 9_000, instant(9_000_000))).toBe(0);
  });
});
