import { describe, expect, it } from 'vitest';
import { percent, seconds } from '#kernel';
import { backOrder, forwardOrder, type Goal, moveShares, partAfter } from './moving.ts';
import type { Move, StageShare } from './plan.ts';
import { aMove, aService, bench, start } from './release.fixture.ts';
import type { ShiftPart } from './rollout.ts';

const consumer = { pause: '/pause', resume: '/resume' };
const workers = aService('workers', { traffic: 'none', consumer, replicas: 4 });
const edge = aService('edge');

const share = (service: string, next: number, previous: number): StageShare => ({
  service,
  next,
  previous,
  weight: percent(0),
  active: { next, previous },
  stepping: true,
});

/** What the next part of a move asks for, in short. */
function moved(moves: readonly Move[], from: ShiftPart, goal: Partial<Goal>) {
  const whole: Goal = { shares: [], was: [], order: forwardOrder, patience: 1, ...goal };
  const { rollout } = bench(moves);
  const step = moveShares(
    rollout,
    from,
    whole,
    (part, deadline) => ({ phase: 'routing', stage: 0, part, deadline }),
    start,
  );
  if (step === null) return null;
  const [next, effects] = step;
  const news = new Set(moves.map((move) => move.next?.id));
  const asked = effects.map((effect) => {
    if (effect.do !== 'consume') return effect.do;
    return `${news.has(effect.revision) ? 'new' : 'old'} ${effect.active}`;
  });
  return { part: next.phase === 'routing' ? next.part : '', asked: asked.join(', '), next, effects };
}

describe('consumers (R14)', () => {
  const move = aMove(workers);
  it.each([
    // what it was, what it shall be: who is paused, who is resumed
    ['first share', [], share('workers', 1, 3), 'old 3', 'new 1'],
    ['more of it', [share('workers', 1, 3)], share('workers', 2, 2), 'old 2', 'new 2'],
    ['all of it', [share('workers', 2, 2)], share('workers', 4, 0), 'old 0', 'new 4'],
    ['less again', [share('workers', 2, 2)], share('workers', 1, 3), 'new 1', 'old 3'],
  ])('%s: who loses stops before who gains begins', (_, was, to, pauses, resumes) => {
    expect(moved([move], 'pause', { was, shares: [to] })).toMatchObject({ part: 'pause', asked: pauses });
    expect(moved([move], 'route', { was, shares: [to] })).toMatchObject({ part: 'resume', asked: resumes });
  });

  it('are told nothing where nothing changes for them', () => {
    const same = [share('workers', 1, 3)];
    expect(moved([move], 'pause', { was: same, shares: same })).toBeNull();
  });

  it('are all told where it is not known what they do', () => {
    const goal = { was: null, shares: [] };
    expect(moved([move], 'pause', goal)).toMatchObject({ part: 'pause', asked: 'new 0' });
    expect(moved([move], 'resume', goal)).toMatchObject({ part: 'resume', asked: 'old 4' });
    const both = { was: null, shares: [share('workers', 1, 3)] };
    expect(moved([move], 'pause', both)).toMatchObject({ part: 'resume', asked: 'new 1, old 3' });
  });

  it('that are new or removed have one side only', () => {
    const all = { was: [], shares: [share('workers', 4, 0)] };
    expect(moved([aMove(workers, 'new')], 'pause', all)).toMatchObject({ part: 'resume', asked: 'new 4' });
    expect(moved([aMove(workers, 'removed')], 'pause', all)).toMatchObject({ part: 'pause', asked: 'old 0' });
  });

  it('are only those services that can be paused', () => {
    const plain = aMove(aService('workers', { traffic: 'none', replicas: 4 }));
    expect(moved([plain], 'pause', { shares: [share('workers', 4, 0)] })).toBeNull();
  });

  it('get their own time to finish jobs, and the slowest of them sets the deadline', () => {
    const quick = { drain: seconds(1), websocketDrain: seconds(0), grace: seconds(1) };
    const moves = [move, aMove({ ...workers, name: 'mails', shutdown: quick })];
    const shares = [share('workers', 1, 3), share('mails', 1, 3)];
    const once = moved(moves, 'pause', { shares });
    expect(once?.effects.map(({ deadline }) => deadline - start)).toEqual([20_000, 12_000]);
    expect(once?.next).toMatchObject({ deadline: start + seconds(20) });
    const patient = moved(moves, 'pause', { shares, patience: 3 });
    expect(patient?.next).toMatchObject({ deadline: start + seconds(60) });
  });
});

describe('a move of shares', () => {
  const moves = [aMove(workers), aMove(edge)];
  const shares = [share('workers', 1, 3), share('edge', 1, 2)];

  it('raises the version of the table with the table, and only then', () => {
    const version = (from: ShiftPart) => moved(moves, from, { shares })?.next.routeVersion;
    expect([version('pause'), version('route'), version('resume')]).toEqual([5, 6, 5]);
    const route = moved(moves, 'route', { shares })?.effects[0];
    expect(route).toMatchObject({ do: 'setRoute', table: { version: 6 }, deadline: start + seconds(10) });
  });

  it('counts the new revisions as serving from the first part of a move to them', () => {
    const serves = (from: ShiftPart, goal: Partial<Goal>) => moved(moves, from, goal)?.next.mayHaveTraffic;
    expect(serves('pause', { shares })).toBe(true); // a pause must be taken back as well
    expect(serves('route', { shares })).toBe(true);
    expect(serves('resume', { shares })).toBe(true);
    expect(serves('route', { shares: [], order: backOrder })).toBe(false);
  });

  it('sets no table where no service with traffic moves', () => {
    expect(moved([aMove(workers)], 'route', { was: shares, shares })).toBeNull();
  });

  it('on the way back puts users first', () => {
    const back = { shares: [], was: null, order: backOrder };
    expect(moved(moves, 'route', back)).toMatchObject({ part: 'route', asked: 'setRoute' });
    expect(moved(moves, 'pause', back)).toMatchObject({ part: 'pause', asked: 'new 0' });
  });

  it('has an order of parts, and an end', () => {
    expect(forwardOrder.map((part) => partAfter(forwardOrder, part))).toEqual(['route', 'resume', null]);
    expect(backOrder.map((part) => partAfter(backOrder, part))).toEqual(['pause', 'resume', null]);
  });
});
