import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '#kernel';
import { removalTime, shiftBefore, tryAgain } from './change.ts';
import type { Effect } from './effect.ts';
import type { Stage } from './plan.ts';
import { aPolicy, bench, start } from './release.fixture.ts';

const effect: Effect = {
  do: 'stop',
  revision: 'edge-1',
  keep: 0,
  id: '1/12.1',
  attempt: 1,
  notBefore: start,
  deadline: start,
};

describe('an effect that failed', () => {
  it('is tried again in place of the first attempt, under the id of the next one', () => {
    const other = { ...effect, id: '1/13.1' };
    const rollout = { ...bench().rollout, pending: [effect, other] };
    const [next, effects] = tryAgain(rollout, effect, minutes(1), start);
    const again = { ...effect, id: '1/12.2', attempt: 2, notBefore: start + 200, deadline: start + 60_200 };
    expect(effects).toEqual([again]);
    expect(next.pending).toEqual([other, again]);
  });

  it('is tried a little later, then ever later, but every five seconds', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 500, 10_000].map((attempt) => {
      const failed = { ...effect, attempt, id: `1/12.${attempt}` };
      const [, [again]] = tryAgain(bench().rollout, failed, seconds(1), start);
      expect(again?.id).toBe(`1/12.${attempt + 1}`);
      return (again?.notBefore ?? 0) - start;
    });
    expect(delays).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000]);
  });
});

describe('effects', () => {
  it('are numbered through the whole rollout, so that no id comes twice (R6)', () => {
    const world = bench();
    world.begin();
    world.run();
    world.send({ type: 'abort', by: 'ann', note: '' });
    world.run();
    expect(world.told.map(({ id }) => id)).toEqual(['1/1.1', '1/2.1', '1/3.1', '1/4.1', '1/5.1']);
    expect(world.rollout.effectsIssued).toBe(5);
  });

  it('have the time of the policy from the moment on which they are asked for (R5)', () => {
    const world = bench();
    world.wait(3);
    world.begin();
    const now = start + seconds(3);
    expect(world.told).toMatchObject([{ attempt: 1, notBefore: now, deadline: now + aPolicy.startDeadline }]);
  });
});

describe('a removal', () => {
  it('may take the longer drain, the grace, and ten seconds of the machine', () => {
    expect(removalTime({ drain: 5, websocketDrain: 3, grace: 7 })).toBe(10_012);
    expect(removalTime({ drain: 5, websocketDrain: 30, grace: 7 })).toBe(10_037);
  });
});

describe('the shares in force before a stage', () => {
  it('are those of the last stage that moves shares, over waits and jobs', () => {
    const { rollout } = bench();
    const [first, second] = rollout.plan.stages;
    const wait: Stage = { kind: 'wait', name: 'night', for: 'window', windows: [], freezes: [] };
    const stages = [wait, first, wait, second].filter((stage) => stage !== undefined);
    const before = (index: number) => shiftBefore({ ...rollout, plan: { ...rollout.plan, stages } }, index);
    expect([before(0), before(1), before(2), before(3)]).toEqual([null, null, first, first]);
  });
});
