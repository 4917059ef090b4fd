import { describe, expect, it } from 'vitest';
import { percent } from '#kernel';
import type { Move, StageShare } from './plan.ts';
import { aMove, aService, bench } from './release.fixture.ts';
import type { Route } from './route.ts';
import { tableFor } from './routing.ts';

const edge = aService('edge');
const share = (weight: number, changes: Partial<StageShare> = {}): StageShare => ({
  service: 'edge',
  next: 1,
  previous: 2,
  weight: percent(weight),
  active: null,
  stepping: true,
  ...changes,
});

/** The arms of the table, in short: `role weight revision`, by service. */
function armsOf(move: Move, shares: readonly StageShare[], otherRoutes: readonly Route[] = []) {
  const { version, routes } = tableFor(bench([move], { otherRoutes }).rollout, shares, 7);
  expect(version).toBe(7);
  const age = (revision: string) => (revision === move.next?.id ? 'new' : 'old');
  return routes.map(
    ({ service, arms }) =>
      `${service}: ${arms.map(({ role, weight, revision }) => `${role} ${weight} ${age(revision)}`).join(', ')}`,
  );
}

describe('the table of an environment', () => {
  const changed = aMove(edge);
  it.each([
    ['before the rollout', [], 'edge: stable 100 old, canary 0 new'],
    ['at no weight', [share(0)], 'edge: stable 100 old, canary 0 new'],
    ['at 10 %', [share(10)], 'edge: stable 90 old, canary 10 new'],
    ['at 99 %', [share(99)], 'edge: stable 1 old, canary 99 new'],
    ['at the end', [share(100)], 'edge: stable 100 new'],
    ['of another service', [share(100, { service: 'core' })], 'edge: stable 100 old, canary 0 new'],
  ])('for a service that changes, %s', (_, shares, arms) => expect(armsOf(changed, shares)).toEqual([arms]));

  it.each([
    ['has no route before its replicas are there (R1)', [], []],
    ['has none without weight', [share(0)], []],
    ['has one when it has weight', [share(100)], ['edge: stable 100 new']],
  ])('for a service that is new: it %s', (_, shares, arms) =>
    expect(armsOf(aMove(edge, 'new'), shares)).toEqual(arms),
  );

  it.each([
    ['keeps its route', [], ['edge: stable 100 old']],
    ['keeps it while replicas of it are kept', [share(0)], ['edge: stable 100 old']],
    ['loses it with its last replica', [share(100, { next: 0, previous: 0 })], []],
  ])('for a service that is removed: it %s', (_, shares, arms) =>
    expect(armsOf(aMove(edge, 'removed'), shares)).toEqual(arms),
  );

  it('does not speak of services without traffic', () => {
    const workers = aService('workers', { traffic: 'none' });
    expect(armsOf(aMove(workers), [share(100, { service: 'workers' })])).toEqual([]);
  });

  it('keeps the routes of services that do not move', () => {
    const arm = { revision: 'core-1', role: 'stable', weight: percent(100) } as const;
    const others = [{ service: 'core', arms: [arm] }];
    expect(armsOf(changed, [share(100)], others)).toEqual(['core: stable 100 old', 'edge: stable 100 new']);
  });

  it('is never set with weights that do not sum to 100 (R2)', () => {
    const arm = { revision: 'core-1', role: 'stable', weight: percent(99) } as const;
    expect(() => armsOf(changed, [], [{ service: 'core', arms: [arm] }])).toThrow(
      'R2: the weights of core sum to 100, not 99',
    );
  });
});
