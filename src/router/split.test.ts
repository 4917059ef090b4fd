import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '#kernel';
import { pointOf } from './affinity.ts';
import { canary, countsOf, createPlace, stable } from './testing/place.ts';

const affinity = { cookie: 'lane', lifetimeMillis: 3_600_000 };

describe('without affinity', () => {
  test.each([
    [90, 10],
    [50, 50],
    [99, 1],
    [100, 0],
    [0, 100],
  ])('each hundred requests are split exactly %i to %i, and mixed', async (toStable, toCanary) => {
    const place = await createPlace();
    await place.route([
      stable(toStable, await place.service('a')),
      canary(toCanary, await place.service('b')),
    ]);
    for (let hundred = 1; hundred <= 2; hundred += 1) {
      for (let each = 0; each < 100; each += 1) await place.get();
      expect(countsOf(place.router, 'revision-a')[0]).toBe(hundred * toStable);
      expect(countsOf(place.router, 'revision-b')[0]).toBe(hundred * toCanary);
    }
  });

  test('the replicas of an arm take turns', async () => {
    const place = await createPlace();
    const services = [await place.service('a'), await place.service('b'), await place.service('c')];
    await place.route([stable(100, ...services)]);
    for (let each = 0; each < 30; each += 1) await place.get();
    expect(services.map((service) => service.requests())).toEqual([10, 10, 10]);
  });

  test('a replica with less in flight is asked first', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await place.route([stable(100, a)]);
    const held = place.get('/hold');
    await expect.poll(() => a.held()).toBe(1);
    await place.route([stable(100, a, b)]);
    const texts = [];
    for (let each = 0; each < 4; each += 1) texts.push((await place.get()).text);
    expect(texts).toEqual(['b', 'b', 'b', 'b']);
    a.release();
    await held;
  });
});

describe('with affinity', () => {
  const cookieOf = (headers: Readonly<Record<string, string | string[] | undefined>>) =>
    String(headers['set-cookie'] ?? '');

  test('a client gets its point once, and keeps its arm', async () => {
    const place = await createPlace();
    const arms = [stable(50, await place.service('a')), canary(50, await place.service('b'))];
    await place.route(arms, { affinity });
    for (let client = 0; client < 20; client += 1) {
      const first = await place.get();
      const cookie = cookieOf(first.headers);
      expect(cookie).toMatch(/^lane=\d{1,2}\.\d{6}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
      const pair = cookie.slice(0, cookie.indexOf(';'));
      for (let again = 0; again < 3; again += 1) {
        const next = await place.get('/', { cookie: `other=1; ${pair}; lanes=99.000000` });
        expect([next.text, next.headers['set-cookie']]).toEqual([first.text, undefined]);
      }
    }
  });

  test.each([
    ['points below the weight go to the canary', '9.999999', 'b'],
    ['points at the weight stay', '10.000000', 'a'],
    ['the lowest', '0.000000', 'b'],
    ['the highest', '99.999999', 'a'],
  ])('%s', async (_, point, expected) => {
    const place = await createPlace();
    await place.route([stable(90, await place.service('a')), canary(10, await place.service('b'))], {
      affinity,
    });
    expect((await place.get('/', { cookie: `lane=${point}` })).text).toBe(expected);
  });

  test.each([
    '',
    '5',
    '100.000000',
    '-1.000000',
    '1e1',
    '5.0',
    '5.0000000',
    'canary',
    '٥.000000',
    '5.000000x',
  ])('a value that is not ours is replaced: "%s"', async (given) => {
    const point = pointOf(affinity, `lane=${given}`, () => 0.42);
    expect(point).toEqual({ value: 42, cookie: expect.stringContaining('lane=42.000000;') });
  });

  test('the shares of new clients are those of the weights', () => {
    const random = seededRandom(7);
    const points = Array.from({ length: 10_000 }, () => pointOf(affinity, null, random).value);
    const below = points.filter((point) => point < 10).length;
    expect(below / 10_000).toBeCloseTo(0.1, 1);
    expect(points.every((point) => point >= 0 && point < 100)).toBe(true);
  });

  test('while the weight grows, a client moves at most once, from stable to canary', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    const point = fc.integer({ min: 0, max: 99_999_999 }).map((number) => (number / 1e6).toFixed(6));
    const weights = fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(point, { minLength: 1, maxLength: 5 }), weights, async (points, steps) => {
        const seen = points.map(() => '');
        for (const weight of steps.toSorted((x, y) => x - y)) {
          await place.route([stable(100 - weight, a), canary(weight, b)], { affinity });
          for (const [client, lane] of points.entries()) {
            const { text } = await place.get('/', { cookie: `lane=${lane}` });
            expect(text).toBe(Number(lane) < weight ? 'b' : 'a');
            seen[client] += text;
          }
        }
        for (const history of seen) expect(history).toMatch(/^a*b*$/);
      }),
      { numRuns: 25 },
    );
  });
});

describe('x-fairway-arm', () => {
  test('reaches the canary at weight 0, and the answer names its revision', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a')), canary(0, await place.service('b'))], {
      affinity,
    });
    const answer = await place.get('/', { 'x-fairway-arm': 'canary' });
    expect([answer.text, answer.headers['x-fairway-revision']]).toEqual(['b', 'revision-b']);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect((await place.get('/', { 'x-fairway-arm': 'stable', cookie: 'lane=0.000000' })).text).toBe('a');
  });

  test.each([
    ['an arm without replicas', [canary(0)], 503, 'the service web has no replica for this request now\n'],
  ])('is refused for %s; no other arm answers', async (_, more, status, text) => {
    const place = await createPlace();
    const a = await place.service('a');
    await place.route([stable(100, a), ...more]);
    const answer = await place.get('/', { 'x-fairway-arm': 'canary' });
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(a.requests()).toBe(0);
  });

  test('with another word is refused', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    expect((await place.get('/', { 'x-fairway-arm': 'canari' })).status).toBe(400);
  });
});
