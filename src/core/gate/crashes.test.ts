import { describe, expect, it } from 'vitest';
import { addCrashes, type CrashEvidence, openCrashes } from './crashes.ts';
import { harmOfAll } from './harm.ts';

/** Replicas that run from 0 on, looked at every five seconds, with falls at these seconds. */
function run(
  replicas: number,
  until: number,
  falls: readonly number[],
  stable: readonly number[] = [],
): CrashEvidence {
  let state = openCrashes();
  for (let at = 5; at <= until; at += 5) {
    const within = (times: readonly number[]) => times.filter((time) => time > at - 5 && time <= at).length;
    const seconds = replicas * 5;
    state = addCrashes(state, {
      at,
      falls: within(falls),
      replicaSeconds: seconds,
      stable: { falls: within(stable), replicaSeconds: seconds },
    });
  }
  return state;
}

/** What crashes add to the harm of a release with other services, against 100. */
const harm = (state: CrashEvidence) => {
  const { terms } = harmOfAll([], state);
  return Math.exp(terms[0]?.logShare ?? 0);
};

describe('crashes', () => {
  //  replicas  seconds  falls           fails
  it.each<[number, number, number[], boolean]>([
    [1, 60, [], false],
    [1, 10, [3], false],
    [1, 60, [30], false],
    [8, 300, [30], false],
    [1, 10, [3, 8], true], // within one block: no cap
    [1, 120, [30, 90], true],
    [1, 600, [200, 590], true],
    [3, 300, [60, 290], true],
    [3, 1_200, [60, 1_190], false], // far apart: the third decides
    [3, 1_200, [60, 600, 1_190], true],
    [3, 7_200, [7_000, 7_030, 7_060, 7_090], true], // a loop that begins late
    [3, 86_400, [20_000, 60_000], false], // machines do fall
  ])('%i replicas within %i s that fall at %j: fails is %s', (replicas, until, falls, fails) => {
    expect(harm(run(replicas, until, falls)) >= 100).toBe(fails);
  });

  it('are no harm where the stable replicas fall as often', () => {
    expect(harm(run(2, 300, [60, 120], [70, 130]))).toBeLessThan(100);
    expect(harm(run(2, 300, [60, 120]))).toBeGreaterThan(100);
  });

  it('is plain JSON', () => {
    const state = run(2, 300, [60]);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});
