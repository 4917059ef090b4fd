import { describe, expect, it } from 'vitest';
import { instant, millis, percent } from '#kernel';
import { crashesOfNext, lacksForReturn, lacksForStage, lessRemoved, readinessOf } from './capacity.ts';
import type { Shift } from './plan.ts';
import { aMove, aService, bench, start } from './release.fixture.ts';
import type { Readiness, Rollout } from './rollout.ts';

const moves = [aMove(aService('edge')), aMove(aService('core'), 'new'), aMove(aService('old'), 'removed')];
const [edge, core, old] = moves;
const id = (revision: { readonly id: string } | null | undefined) => revision?.id ?? '';

const seenOf = (revision: string, ages: readonly number[], changes: Partial<Readiness> = {}): Readiness => ({
  revision,
  readySince: ages.map((age) => instant(start - age)),
  running: ages.length,
  crashes: 0,
  detail: null,
  ...changes,
});

const rolloutWith = (...seen: readonly Readiness[]): Rollout => ({ ...bench(moves).rollout, seen });

const stageOf = (next: number): Shift => ({
  kind: 'shift',
  name: 'canary',
  services: ['edge', 'gone'].map((service) => ({
    service,
    next,
    previous: 2,
    weight: percent(10),
    active: null,
    stepping: true,
  })),
  hold: millis(0),
  gate: 'none',
  advance: 'gate',
  settle: millis(0),
});

describe('what a stage lacks (R1)', () => {
  const lacks = (seen: readonly Readiness[], wanted = 2, settle = 0) =>
    lacksForStage(rolloutWith(...seen), stageOf(wanted), millis(settle), start);

  it('is nothing when all of it is ready', () => {
    expect(lacks([seenOf(id(edge?.next), [5, 3])])).toEqual([]);
    expect(lacks([seenOf(id(edge?.next), [5, 3, 1])])).toEqual([]);
    expect(lacks([], 0)).toEqual([]);
  });

  it('is told with what is ready, what is wanted, and why it is not there', () => {
    const revision = id(edge?.next);
    const detail = 'GET /readyz answered 503';
    expect(lacks([seenOf(revision, [5], { detail })])).toEqual([{ revision, ready: 1, wanted: 2, detail }]);
    expect(lacks([])).toEqual([{ revision, ready: 0, wanted: 2, detail: null }]);
  });

  it('is a replica that is not ready for long enough', () => {
    expect(lacks([seenOf(id(edge?.next), [100, 99])], 2, 100)).toMatchObject([{ ready: 1 }]);
    expect(lacks([seenOf(id(edge?.next), [100, 100])], 2, 100)).toEqual([]);
  });
});

describe('what the way back lacks (R1)', () => {
  it('is every replica that the previous revisions had, of whatever age', () => {
    const [removed, changed] = [seenOf(id(old?.previous), [0, 0]), seenOf(id(edge?.previous), [9])];
    expect(lacksForReturn(rolloutWith(removed, changed), start)).toEqual([
      { revision: id(edge?.previous), ready: 1, wanted: 2, detail: null },
    ]);
    expect(lacksForReturn(rolloutWith(removed, seenOf(id(edge?.previous), [9, 0])), start)).toEqual([]);
  });
});

describe('a removal under way', () => {
  const seen = [seenOf('a', [3, 2, 1]), seenOf('b', [1])];
  it('takes the replicas that it does not keep from what was seen, and the oldest stay', () => {
    const [less, other] = lessRemoved(seen, [{ do: 'drain', revision: 'a', keep: 1 }]);
    expect(less?.readySince).toEqual([start - 3]);
    expect(other).toBe(seen[1]);
  });

  it('is none where nothing is removed', () => {
    expect(lessRemoved(seen, [{ do: 'ensureReplicas', revision: 'a', count: 1 }])).toBe(seen);
  });
});

describe('crashes', () => {
  it('are those of all new revisions together, not of the previous ones', () => {
    const rollout = rolloutWith(
      seenOf(id(edge?.next), [], { crashes: 2 }),
      seenOf(id(core?.next), [], { crashes: 1 }),
      seenOf(id(edge?.previous), [], { crashes: 7 }),
    );
    expect(crashesOfNext(rollout)).toBe(3);
    expect(crashesOfNext(rolloutWith())).toBe(0);
  });

  it('are told with what was seen of a revision', () => {
    const seen = seenOf('a', [], { crashes: 2 });
    expect(readinessOf(rolloutWith(seenOf('b', []), seen), 'a')).toBe(seen);
  });
});
