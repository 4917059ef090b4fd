import { expect, it } from 'vitest';
import { aMove, aRevision, aService, bench, canaryOf, stableOf } from '#core/release/fixture';
import { sharesOf } from './arms.ts';

const told = (...[rollout, current]: Parameters<typeof sharesOf>) =>
  sharesOf(rollout, current).map(({ service, revision, role, weight }) => [service, revision, role, weight]);

it('gives all traffic to the current revisions while nothing is under way', () => {
  const edge = aRevision(aService('edge'), 'old');
  const worker = aRevision(aService('worker', { traffic: 'none' }), 'old');
  expect(told(null, [edge, worker])).toEqual([['edge', edge.id, 'stable', 100]]);
});

it('gives the canary what the router has acknowledged, and the other revision the rest', () => {
  const b = bench([aMove(aService('edge'))]);
  const other = aRevision(aService('other'), 'old');
  const [canary, stable] = [canaryOf(b.rollout), stableOf(b.rollout)];
  const both = (weight: number) => [
    ['edge', canary, 'canary', weight],
    ['edge', stable, 'stable', 100 - weight],
    ['other', other.id, 'stable', 100],
  ];
  const current = [aRevision(aService('edge'), 'old'), other];
  b.begin();
  expect(told(b.rollout, current)).toEqual(both(0));
  b.run();
  expect(b.weights).toEqual([[90, 10]]);
  expect(told(b.rollout, current)).toEqual(both(10));
  b.hurt(canary);
  b.run();
  expect(b.phase).toBe('rolledBack');
  expect(told(b.rollout, current).filter(([service]) => service === 'other')).toHaveLength(1);
});

it('tells a service that is new and one that goes by the one revision they have', () => {
  const b = bench([aMove(aService('come'), 'new'), aMove(aService('go'), 'removed')]);
  expect(told(b.rollout, [])).toEqual([
    ['come', expect.any(String), 'canary', 0],
    ['go', expect.any(String), 'stable', 100],
  ]);
});
