import { expect, it } from 'vitest';
import type { Counts } from '#core/gate';
import { createLearning } from './learning.ts';

/** Two replicas of which one fails `clump` requests at once, every tenth look. */
function counts(look: number, clump: number): Counts {
  const failures = Math.floor(look / 10) * clump;
  const each = (replica: string, failed: number) => ({
    replica,
    requests: 50 * look,
    failures: failed,
    buckets: [50 * look - failed],
  });
  const totals = { requests: 100 * look, failures, buckets: [100 * look - failures] };
  const replicas = [each('one', failures), each('two', 0)];
  return { service: 'web', revision: 'web-1', epoch: 'a', ...totals, replicas };
}

function learned(looks: number, clump = 8, from = 0) {
  const learning = createLearning();
  for (let look = from; look <= from + looks; look += 1) learning.look([counts(look, clump)]);
  return learning.of(['web-1'])[0];
}

it('what was answered and how much the replicas differed is told, from the first look on', () => {
  expect(learned(100)).toMatchObject({
    service: 'web',
    revision: 'web-1',
    history: { requests: 10_000, failures: 80 },
  });
  const { observed = 0, expected = 1 } = learned(200)?.dispersion.errors ?? {};
  expect(observed / expected).toBeGreaterThan(5);
});

it('totals of before the first look are nobody knows when', () => {
  expect(learned(50, 8, 1_000)?.history.requests).toBe(5_000);
});

it('begins anew after a while, and tells the older of both until the newer one is ripe', () => {
  expect(learned(901)?.history.requests).toBe(90_100);
  expect(learned(1_000)?.history.requests).toBe(90_100);
  expect(learned(1_300)?.history.requests).toBeLessThan(40_000);
});

it('forgets revisions that nobody counts any more, but not while the router restarts', () => {
  const learning = createLearning();
  learning.look([counts(1, 0)]);
  learning.look([counts(2, 0)]);
  for (let look = 0; look < 100; look += 1) learning.look([]);
  expect(learning.of(['web-1'])).toMatchObject([{ revision: 'web-1', history: { requests: 100 } }]);
  for (let look = 0; look < 300; look += 1) learning.look([]);
  expect(learning.of(['web-1'])).toEqual([]);
});

it('tells only of the revisions that are asked for', () => {
  const learning = createLearning();
  learning.look([counts(1, 0), { ...counts(1, 0), revision: 'web-0' }]);
  expect(learning.of(['web-0', 'web-9']).map(({ revision }) => revision)).toEqual(['web-0']);
});
