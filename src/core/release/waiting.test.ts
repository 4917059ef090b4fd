import { describe, expect, it } from 'vitest';
import type { ReleasePolicy, Window } from '#core/system';
import { hours, minutes } from '#kernel';
import { aPolicy, bench } from './release.fixture.ts';
import type { Stage, Wait } from './plan.ts';

const zone = 'UTC';
const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** Tests begin at 00:16:40: the first window is open then, the second opens at one o'clock. */
const open: Window = { name: 'midnight', days: everyDay, from: 0, until: 60, zone };
const atOne: Window = { name: 'one', days: everyDay, from: 60, until: 120, zone };
const one = hours(1);

const byManagers = { role: 'release manager', people: 1, within: hours(2) };
const approval: Wait = { kind: 'wait', name: 'approval', for: 'approval', approval: byManagers };
const windowOf = (...windows: Window[]): Wait => {
  return { kind: 'wait', name: windows.map(({ name }) => name).join(), for: 'window', windows, freezes: [] };
};

/** A canary with waits before it, told to begin. */
function waiting(waits: readonly Wait[], policy: Partial<ReleasePolicy> = {}) {
  const stages: Stage[] = [...waits, ...bench().rollout.plan.stages];
  const world = bench(undefined, { stages, policy: { ...aPolicy, ...policy } });
  world.begin();
  return world;
}

const approve = { type: 'approve', by: 'ann', note: '', role: 'release manager' } as const;
const untilOne = 60 * 60 - 1_000;

describe('a wait for people', () => {
  it('does not count consent in another role', () => {
    const world = waiting([approval]);
    world.send({ ...approve, role: 'developer' });
    expect(world.rollout).toMatchObject({ phase: 'awaiting', approvals: [] });
  });

  it('keeps who consented, as what, with which words and when', () => {
    const two = { ...approval, approval: { ...byManagers, people: 2 } };
    const world = waiting([two]);
    world.wait(60);
    world.send({ ...approve, note: 'looks right' });
    expect(world.rollout).toMatchObject({
      approvals: [{ by: 'ann', role: 'release manager', note: 'looks right', at: 1_060_000 }],
    });
  });

  it('goes on when the last one has consented, and not while somebody has paused it', () => {
    const world = waiting([approval]);
    world.send({ type: 'pause', by: 'bob', note: '' });
    world.send(approve);
    expect(world.phase).toBe('awaiting');
    world.send({ type: 'resume', by: 'bob', note: '' });
    expect(world.phase).toBe('starting');
  });

  it('is given up at its end, not a moment before, with what was waited for and how long', () => {
    const world = waiting([approval]);
    world.wait(2 * 60 * 60 - 1);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('awaiting');
    world.wait(1);
    world.send({ type: 'tick' });
    world.run();
    expect(world.rollout).toMatchObject({
      phase: 'rolledBack',
      because: { code: 'wait_timed_out', facts: { what: 'approval', waited: hours(2) }, verdict: null },
    });
  });

  it('ends as well while it is paused (R5)', () => {
    const world = waiting([approval]);
    world.send({ type: 'pause', by: 'bob', note: '' });
    world.wait(2 * 60 * 60);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ because: { code: 'wait_timed_out' } });
  });
});

describe('a wait for the time', () => {
  it('is none when the window is open', () => {
    expect(waiting([windowOf(open)]).phase).toBe('starting');
  });

  it('after people have consented begins in the same step, or says at once when', () => {
    const inTime = waiting([approval, windowOf(open)]);
    inTime.send(approve);
    expect(inTime.phase).toBe('starting');
    const early = waiting([approval, windowOf(atOne)]);
    early.send(approve);
    expect(early.rollout).toMatchObject({ phase: 'awaiting', stage: 1, opensAt: one });
  });

  it('says when it opens, and begins then', () => {
    const world = waiting([windowOf(atOne)]);
    expect(world.rollout).toMatchObject({ phase: 'awaiting', opensAt: one });
    world.wait(untilOne - 1);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('awaiting');
    world.wait(1);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('starting');
  });

  it('stands still while it is paused, and begins when it is resumed in the window', () => {
    const world = waiting([windowOf(atOne)]);
    world.send({ type: 'pause', by: 'bob', note: '' });
    world.wait(untilOne + 60);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('awaiting');
    world.send({ type: 'resume', by: 'bob', note: '' });
    expect(world.phase).toBe('starting');
  });

  it('waits for the next window where nobody was there for the whole of this one', () => {
    const world = waiting([windowOf(atOne)]);
    world.wait(untilOne + 2 * 60 * 60);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ phase: 'awaiting', opensAt: hours(25) });
  });

  it('for windows that never meet changes nothing until the rollout may not take longer', () => {
    const world = waiting([windowOf(open, atOne)], { deadline: minutes(50) });
    const before = world.rollout;
    expect(before).toMatchObject({ phase: 'awaiting', opensAt: null });
    world.wait(60);
    world.send({ type: 'tick' });
    expect(world.rollout).toBe(before);
    world.wait(49 * 60);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ because: { code: 'rollout_timed_out' } });
  });
});
