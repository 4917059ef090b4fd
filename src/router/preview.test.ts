import { describe, expect, test } from 'vitest';
import { fail } from '#kernel';
import { parseTable } from './table/parse.ts';
import { canary, countsOf, createPlace, get, pickPort, stable, until } from './testing/place.ts';

const affinity = { cookie: 'lane', lifetimeMillis: 3_600_000 };

describe('the port of a preview', () => {
  test('leads to the canary alone, at weight 0 too, and no cookie is set', async () => {
    const place = await createPlace();
    const preview = await pickPort();
    const arms = [stable(100, await place.service('a')), canary(0, await place.service('b'))];
    await place.route(arms, { preview, affinity });
    for (let each = 0; each < 5; each += 1) {
      const answer = await get(preview, '/', { cookie: 'lane=99.000000' });
      expect([answer.text, answer.headers['x-fairway-revision']]).toEqual(['b', 'revision-b']);
      expect(answer.headers).not.toHaveProperty('set-cookie');
    }
    expect((await place.get('/')).text).toBe('a');
  });

  test('names the canary to the service, whatever the caller named', async () => {
    const place = await createPlace();
    const preview = await pickPort();
    await place.route([stable(100, await place.service('a')), canary(0, await place.service('b'))], {
      preview,
    });
    for (const arm of ['stable', 'canary', 'canari']) {
      const answer = await get(preview, '/echo-head', { 'x-fairway-arm': arm });
      const { raw } = JSON.parse(answer.text) as { raw: readonly string[] };
      const named = raw.filter((_, at) => raw[at - 1]?.toLowerCase() === 'x-fairway-arm');
      expect(named).toEqual(['canary']);
    }
  });

  test.each([
    ['there is no canary', [], 404, 'the service web has no revision to preview now\n'],
    ['the canary has no replica', [canary(0)], 503, 'the service web has no replica for this request now\n'],
  ])('says so when %s; the stable arm never answers', async (_, more, status, text) => {
    const place = await createPlace();
    const preview = await pickPort();
    const a = await place.service('a');
    await place.route([stable(100, a), ...more], { preview });
    const answer = await get(preview);
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(a.requests()).toBe(0);
  });

  test('is no longer listened on when the table names none', async () => {
    const place = await createPlace();
    const preview = await pickPort();
    const arms = [stable(100, await place.service('a')), canary(0, await place.service('b'))];
    await place.route(arms, { preview });
    expect((await get(preview)).status).toBe(200);
    await place.route(arms);
    await until(() =>
      get(preview).then(
        () => false,
        () => true,
      ),
    );
    expect((await place.get()).text).toBe('a');
  });

  test('that somebody else has keeps the whole table out', async () => {
    const place = await createPlace();
    const other = await place.service('other');
    const table = {
      version: 1,
      generation: 1,
      routes: [
        { service: 'web', port: place.port, preview: other.port, affinity: null, arms: [stable(100)] },
      ],
    };
    expect(await place.router.setTable(table)).toEqual(
      fail('port_taken', { port: other.port, service: 'web' }),
    );
    expect(place.router.state().version).toBe(0);
  });
});

describe('what testers send is no evidence (R7)', () => {
  test.each([
    ['by the preview', (preview: number, _port: number) => get(preview)],
    ['by the header', (_preview: number, port: number) => get(port, '/', { 'x-fairway-arm': 'canary' })],
  ])('%s: neither answers, nor failures, nor silence are counted', async (_, ask) => {
    const place = await createPlace();
    const preview = await pickPort();
    const b = await place.service('b');
    const arms = [stable(100, await place.service('a')), canary(0, b)];
    await place.route(arms, { preview });
    await ask(preview, place.port);
    await b.kill();
    expect((await ask(preview, place.port)).status).toBe(502);
    expect(countsOf(place.router, 'revision-b')).toEqual([0, 0, 0]);
    await place.get();
    expect(countsOf(place.router, 'revision-a')).toEqual([1, 0, 1]);
  });

  test('the stable arm asked for by name is not counted either', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    await place.get('/', { 'x-fairway-arm': 'stable' });
    expect(countsOf(place.router, 'revision-a')).toEqual([0, 0, 0]);
  });
});

describe('a table', () => {
  const route = { service: 'web', port: 4_000, affinity: null, arms: [stable(100)] };
  const table = (...routes: readonly object[]) => ({ version: 1, generation: 1, routes });

  test('of before there were previews is read, and has none', () => {
    expect(parseTable(table(route))).toMatchObject({ ok: true, value: { routes: [{ preview: null }] } });
  });

  test.each([
    [
      'two services',
      [
        { ...route, preview: 4_001 },
        { ...route, service: 'api', port: 4_001 },
      ],
    ],
    ['a service and its own preview', [{ ...route, preview: 4_000 }]],
  ])('in which %s share a port is refused', (_, routes) => {
    expect(parseTable(table(...routes))).toMatchObject({ ok: false, error: { code: 'table_invalid' } });
  });
});
