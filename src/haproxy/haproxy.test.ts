import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bucketCount, bucketOf, bucketUpperMillis } from '#core/gate';
import type { RouterRoute, RouterTable } from '#router';
import { type Book, emptyBook, enterTable, removeServers, routedIn } from './book.ts';
import { configurationOf } from './config.ts';
import { countsOf, openOf, rawOf } from './counts.ts';
import { bucketsMap, mapText, routesMap, tableOf } from './maps.ts';
import { readCounters, readProcesses, readServers, readStatistics, readStreams } from './tables.ts';

const arm = (role: 'stable' | 'canary', weight: number, revision: string, ...ports: readonly number[]) => ({
  role,
  weight,
  revision,
  endpoints: ports.map((port) => ({ replica: `${revision}-${port}`, port })),
});
const route = (more: Partial<RouterRoute> = {}): RouterRoute => ({
  service: 'web',
  port: 4_000,
  preview: null,
  affinity: null,
  arms: [arm('stable', 87.5, 'one', 5_001, 5_002), arm('canary', 12.5, 'two', 5_003)],
  ...more,
});
const table = (version: number, ...routes: readonly RouterRoute[]): RouterTable => ({
  version,
  generation: 1,
  routes,
});
const bookOf = (...tables: readonly RouterTable[]): Book => tables.reduce(enterTable, emptyBook('epoch'));

describe('the book', () => {
  test('keeps the numbers of what comes back, and gives new ones to what is new', () => {
    const first = bookOf(table(1, route()));
    const gone = enterTable(first, table(2, route({ arms: [arm('stable', 100, 'two', 5_003)] })));
    expect(gone.servers.map(({ state }) => state)).toEqual(['leaving', 'leaving', 'routed']);
    const back = enterTable(gone, table(3, route()));
    expect(back.servers).toEqual(first.servers);
    expect(back.revisions).toEqual(first.revisions);
    const moved = enterTable(back, table(4, route({ arms: [arm('stable', 100, 'one', 5_001, 6_000)] })));
    expect(moved.servers.at(-1)).toMatchObject({ port: 6_000, state: 'routed' });
    expect(new Set(moved.servers.map(({ number }) => number)).size).toBe(4);
  });

  test('gives the slot of a revision to another one when its last server is gone, and no sooner', () => {
    const first = bookOf(table(1, route()), table(2, route({ arms: [arm('stable', 100, 'three', 5_009)] })));
    expect(first.revisions.map(({ slot }) => slot)).toEqual([0, 1, 2]);
    const numbers = first.servers.filter(({ state }) => state === 'leaving').map(({ number }) => number);
    const swept = removeServers(first, new Set(numbers));
    expect(swept.revisions.map(({ slot }) => slot)).toEqual([null, null, 2]);
    const next = enterTable(swept, table(3, route({ arms: [arm('stable', 100, 'four', 5_010)] })));
    expect(next.revisions.at(-1)?.slot).toBe(0);
  });

  test('forgets the oldest of very many revisions, with their counters, and never a routed one', () => {
    let book = bookOf(table(1, route()));
    for (let turn = 2; turn < 150; turn += 1) {
      book = enterTable(book, table(turn, route({ arms: [arm('stable', 100, `r${turn}`, 5_000)] })));
      const [left] = book.servers.filter(({ state }) => state === 'leaving');
      const frozen = { ...book.frozen, [`n${left?.number ?? 0}`]: 1 };
      book = removeServers(
        { ...book, frozen },
        new Set(book.servers.flatMap((s) => (s.state === 'leaving' ? [s.number] : []))),
      );
    }
    expect(book.revisions.length).toBe(101);
    expect(Object.keys(book.frozen).length).toBe(100);
    expect(book.revisions.filter(routedIn(book)).length).toBe(1);
  });
});

describe('the maps', () => {
  test('hold the routes in whole millionths, and say which table they are of', () => {
    const map = routesMap(
      bookOf(
        table(7, route(), route({ service: 'api', port: 4_001, arms: [arm('canary', 100, 'x', 5_010)] })),
      ),
    );
    expect(mapText(map)).toBe(
      'table 7 1\ns1 12500000 1 s1r1 5 two s1r0 2 one web\ns7 100000000 1 s7r0 8 x s7r0 8 x api\n',
    );
    expect(tableOf(map)).toEqual({ version: 7, generation: 1 });
    expect(tableOf(new Map())).toEqual({ version: 0, generation: 0 });
  });

  test('find the bucket of the gate for every latency', () => {
    const bounds = Array.from({ length: bucketCount - 1 }, (_, bucket) => bucketUpperMillis(bucket));
    const blocks = bucketsMap(bounds)
      .trim()
      .split('\n')
      .map((line) => {
        const [, address = '', bits = '', bucket = ''] = /^([\d.]+)\/(\d+) (\d+)$/.exec(line) ?? [];
        const from = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
        return { from, to: from + 2 ** (32 - Number(bits)), bucket: Number(bucket) };
      });
    // Together they are all numbers, once each.
    expect(blocks.reduce((at, { from, to }) => (at === from ? to : Number.NaN), 0)).toBe(2 ** 32);
    const found = (micros: number) => blocks.find(({ from, to }) => from <= micros && micros < to)?.bucket;
    fc.assert(
      fc.property(fc.oneof(fc.nat(2 ** 32 - 1), fc.nat(1_000_000), fc.nat(2_000)), (micros) => {
        expect(found(micros)).toBe(bucketOf(micros / 1_000));
      }),
    );
  });
});

describe('the configuration', () => {
  const nasty = "a'b#c$d%e&f*g+h.i^j`k|l~m!n-o";
  const odd = route({
    service: `w'e"b#$%\\`,
    preview: 4_009,
    affinity: { cookie: nasty, lifetimeMillis: 90_000 },
  });

  test('is this for one service', async () => {
    await expect(configurationOf(bookOf(table(1, route()))).text).toMatchFileSnapshot('golden/haproxy.cfg');
  });

  test('has one structure for all weights and replicas, and another for other ports', () => {
    const first = bookOf(table(1, route()));
    const { structure } = configurationOf(first);
    const same = enterTable(first, table(2, route({ arms: [arm('stable', 100, 'three', 5_020)] })));
    expect(configurationOf(same)).toMatchObject({ structure });
    expect(configurationOf(same).text).not.toBe(configurationOf(first).text);
    for (const other of [
      { port: 4_100 },
      { preview: 4_101 },
      { affinity: { cookie: 'lane', lifetimeMillis: 1 } },
    ])
      expect(configurationOf(enterTable(first, table(2, route(other)))).structure).not.toBe(structure);
  });

  test('holds no text of a user but the name of a cookie, escaped', () => {
    const { text } = configurationOf(bookOf(table(1, odd)));
    expect(text).not.toContain(odd.service);
    for (const { revision } of odd.arms) expect(text).not.toMatch(new RegExp(`\\b${revision}\\b`));
    expect(text).toContain(`req.cook(\\"a\\'b\\#c$d%e&f*g+h.i^j\`k|l~m!n-o\\")`);
    expect(text.match(/set-cookie (\S+?)=/)?.[1]).toBe("a\\'b\\#c$d%%e&f*g+h.i^j`k|l~m!n-o");
  });

  const search = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/opt/homebrew/sbin`;
  const haproxy = (...words: readonly string[]) =>
    spawnSync('haproxy', words, { env: { PATH: search }, encoding: 'utf8' });
  test.skipIf(haproxy('-v').status !== 0)('is valid to HAProxy, for every cookie', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fairway-haproxy-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const check = (cookie: string) => {
      const book = bookOf(table(1, { ...odd, affinity: { cookie, lifetimeMillis: 90_000 } }));
      writeFileSync(join(folder, 'haproxy.cfg'), configurationOf(book).text);
      writeFileSync(join(folder, 'routes.map'), mapText(routesMap(book)));
      writeFileSync(join(folder, 'buckets.map'), bucketsMap([1]));
      return haproxy('-c', '-C', folder, '-f', 'haproxy.cfg');
    };
    for (const cookie of [nasty, ...nasty.split('')])
      expect([cookie, check(cookie).stdout]).toEqual([cookie, expect.stringContaining('valid')]);
  });
});

describe('the answers of HAProxy', () => {
  test('are read', () => {
    expect(
      readServers(
        '1\n# be_id be_name\n6 s1r0h 17 r17 127.0.0.1 2 8 1 1 0 1 0 0 0 0 0 1 - 18081 - 0 0 - - 0\n',
      ),
    ).toEqual([{ backend: 's1r0h', server: 'r17', port: 18_081, isReady: false, isInMaintenance: false }]);
    expect(
      readCounters('# table: answers\n0x55: key=8707 use=0 exp=0 http_req_cnt=3\n', 'http_req_cnt'),
    ).toEqual(new Map([[8_707, 3]]));
    const head = '# pxname,svname,scur,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,srv_abrt\n';
    expect(
      readStatistics(
        `${head}s1r0h,r1,2,9,1,2,3,4,5,6\ns1r0w,r1,1,9,0,0,0,0,0,0\ns1r0w,BACKEND,1,1,1,1,1,1,1,1\n`,
      ),
    ).toEqual([
      { backend: 's1r0h', server: 'r1', open: 2, answered: 15, failed: 10 },
      { backend: 's1r0w', server: 'r1', open: 1, answered: 9, failed: 0 },
    ]);
    expect(
      readStreams(
        '0x5a: proto=tcpv4 src=127.0.0.1:1 fe=s1 be=s1r0w srv=r7 ts=00\n0x5b: proto=unix_stream fe=GLOBAL be=<NONE> srv=<none> ts=00\n',
      ),
    ).toEqual([{ id: '0x5a', backend: 's1r0w', server: 'r7' }]);
    const processes =
      '#<PID> <type> <reloads> <uptime> <version>\n12 master 3 [failed: 1] 0d 2.6\n# workers\n30 worker 0 0d 2.6\n# old workers\n28 worker 1 0d 2.6\n# programs\n';
    expect(readProcesses(processes)).toEqual({ worker: 30, leaving: [28], reloads: 3, failedReloads: 1 });
  });

  test('become counts: of replicas, of revisions, and of several processes together', () => {
    const book = bookOf(table(1, route()));
    const [first] = book.servers;
    const number = first?.number ?? 0;
    const statistics = (open: number, answered: number, failed: number) =>
      ['h', 'x'].map((kind) => ({ backend: `s1r0${kind}`, server: `r${number}`, open, answered, failed }));
    const reading = {
      answers: new Map([
        [number * 512, 4],
        [number * 512 + 3, 2],
      ]),
      unanswered: new Map([[first?.revision ?? 0, 1]]),
      statistics: statistics(2, 8, 2),
    };
    const none = { answers: new Map<number, number>(), unanswered: new Map<number, number>() };
    const raw = rawOf({ [`n${number}`]: 100, [`a${number * 512}`]: 90 }, [
      reading,
      { ...none, statistics: statistics(1, 1, 1) },
    ]);
    const totals = { requests: 109, failures: 3, buckets: [94, 0, 0, 2] };
    expect(countsOf(book, raw)[0]).toMatchObject({
      revision: 'one',
      ...totals,
      requests: 110,
      failures: 4,
      replicas: [{ replica: 'one-5001', ...totals }, { requests: 0 }],
    });
    expect(openOf(book, reading.statistics)[0]).toEqual({ replica: 'one-5001', requests: 4, sockets: 0 });
  });
});
