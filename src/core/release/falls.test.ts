import { describe, expect, it } from 'vitest';
import { hours, minutes } from '#kernel';
import { aPolicy, canaryOf } from './release.fixture.ts';
import { all, begun, canaryStage, measure, setReplicas, type World } from './stages.fixture.ts';

/** Falls of new replicas over a rollout: time in which none could fall, or none was seen to, must not blur them. */

function holding(world: World): World {
  world.run();
  expect(world.phase).toBe('holding');
  return world;
}

const long = canaryStage({ hold: hours(1) });

describe('two falls in a minute', () => {
  it('end a release that had waited for people for hours before anything was started', () => {
    const approval = { role: 'owner', people: 1, within: hours(8) };
    const wait = { kind: 'wait', name: 'approval', for: 'approval', approval } as const;
    const world = begun([wait, long, all], { policy: { ...aPolicy, approval } });
    world.wait(4 * 3_600);
    world.send({ type: 'approve', by: 'ann', note: '', role: 'owner' });
    holding(world);
    world.wait(20);
    setReplicas(world, canaryOf(world.rollout), 1, 1);
    world.wait(20);
    setReplicas(world, canaryOf(world.rollout), 1, 2);
    expect(world.rollout).toMatchObject({ because: { code: 'gate_failed', facts: { signal: 'crashes' } } });
  });
});

describe('a fall', () => {
  it('is forgiven after a quiet time, also where the replica that fell is gone and its count with it', () => {
    const world = holding(begun([long, all]));
    measure(world, 200);
    setReplicas(world, canaryOf(world.rollout), 1, 1);
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
    world.wait(minutes(20) / 1_000);
    setReplicas(world, canaryOf(world.rollout), 1, 2);
    expect(world.rollout.watch.verdict?.kind).toBe('inconclusive');
    setReplicas(world, canaryOf(world.rollout), 1, 0);
    for (let look = 0; look < 6; look += 1) {
      world.wait(minutes(30) / 1_000);
      measure(world, 200);
    }
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
  });
});
