import { describe, expect, it } from 'vitest';
import { runEpisode } from './episode.ts';

/** A few worlds in every run of the tests; `npm run simulate:engine` does thousands. */
describe('a simulated world', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'of seed %i stays correct under faults, and comes to rest once they heal',
    async (seed) => {
      const report = await runEpisode({ seed, environments: 4, storm: 180_000 });
      expect(report.problems).toEqual([]);
      expect(report.rollouts).toBeGreaterThan(8);
    },
  );

  it('tells the same story for the same seed, and another one for another', async () => {
    const [one, again, other] = await Promise.all(
      [11, 11, 12].map((seed) => runEpisode({ seed, environments: 3, storm: 60_000 })),
    );
    expect(again?.fingerprint).toBe(one?.fingerprint);
    expect(other?.fingerprint).not.toBe(one?.fingerprint);
  });
});
