import { randomBytes } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Thrown } from '#kernel';
import type { Content } from '#ports';
import { type Bench, CREDENTIALS, openBench } from '../../stores/bucket/testing/bench.ts';
import type { Depot } from './contract.ts';
import { openFolderDepot } from './folder-depot.ts';
import { openS3Depot } from './s3-depot.ts';
import { codeIn, failureOf, inPieces, makeTempFolder, never, readAll, valueIn } from './testing/place.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  await bench.client().send(new CreateBucketCommand({ Bucket: 'backups' }));
});
afterAll(() => bench.close());

let count = 0;
const PLACES: readonly [string, () => Promise<Depot>][] = [
  ['a folder', async () => openFolderDepot({ root: `${await makeTempFolder()}/deeper/place` })],
  [
    'a bucket',
    async () =>
      openS3Depot({
        ...CREDENTIALS,
        bucket: 'backups',
        prefix: `some/where-${(count += 1)}`,
        endpoint: bench.endpoint,
      }),
  ],
];

const text = (value: string): Content => inPieces(Buffer.from(value), 3);

describe.each(PLACES)('%s', (_what, openDepot) => {
  it.each([0, 1, 65_536, 40_000_000])('gives back %i bytes as they were put', async (length) => {
    const depot = await openDepot();
    const bytes = randomBytes(length);
    valueIn(await depot.put('a/b.bin', inPieces(bytes, 300_000), never));
    expect((await readAll(depot.get('a/b.bin', never))).equals(bytes)).toBe(true);
    expect(valueIn(await depot.list('', never))).toEqual([{ path: 'a/b.bin', stored: length }]);
  });

  it('never writes over what is there', async () => {
    const depot = await openDepot();
    valueIn(await depot.put('a', text('first'), never));
    expect(codeIn(await depot.put('a', text('second'), never))).toBe('backup_exists');
    expect((await readAll(depot.get('a', never))).toString()).toBe('first');
  });

  it('lets one of many win who put the same at the same time', async () => {
    const depot = await openDepot();
    const racers = Array.from({ length: 10 }, (_, racer) => depot.put('race', text(`r${racer}`), never));
    const codes = (await Promise.all(racers)).map(codeIn).sort();
    expect(codes).toEqual([...Array.from({ length: 9 }, () => 'backup_exists'), 'ok']);
    const winner = (await Promise.all(racers)).findIndex((result) => result.ok);
    expect((await readAll(depot.get('race', never))).toString()).toBe(`r${winner}`);
  });

  it('lists what begins with a prefix, in order', async () => {
    const depot = await openDepot();
    for (const path of ['b/2', 'a/x/1', 'b/10', 'bb/1', 'b.json']) {
      valueIn(await depot.put(path, text(path), never));
    }
    const paths = async (prefix: string) => valueIn(await depot.list(prefix, never)).map(({ path }) => path);
    expect(await paths('')).toEqual(['a/x/1', 'b.json', 'b/10', 'b/2', 'bb/1']);
    expect(await paths('b/')).toEqual(['b/10', 'b/2']);
    expect(await paths('b/1')).toEqual(['b/10']);
    expect(await paths('none/')).toEqual([]);
  });

  it('removes, and does not mind when it is gone', async () => {
    const depot = await openDepot();
    valueIn(await depot.put('a/b', text('x'), never));
    valueIn(await depot.remove('a/b', never));
    valueIn(await depot.remove('a/b', never));
    expect(valueIn(await depot.list('', never))).toEqual([]);
    expect(await failureOf(depot.get('a/b', never))).toMatchObject({
      code: 'backup_part_missing',
      facts: {},
    });
    valueIn(await depot.put('a/b', text('again'), never));
  });

  it.each(['', '../a', 'a/../../b', '/etc/passwd', 'a//b', './a', 'a/', '.incoming/x', 'a\0b', 'a\\..\\b'])(
    'refuses the path %j',
    async (path) => {
      const depot = await openDepot();
      valueIn(await depot.put('a', text('x'), never));
      expect(codeIn(await depot.put(path, text('x'), never))).toBe('backup_path_refused');
      expect(codeIn(await depot.remove(path, never))).toBe('backup_path_refused');
      expect((await failureOf(depot.get(path, never))).code).toBe('backup_path_refused');
    },
  );

  it('keeps nothing of content that broke off, and tells why it did', async () => {
    const depot = await openDepot();
    const broken = async function* (): Content {
      yield randomBytes(40_000_000);
      throw new Thrown({ code: 'torn', facts: {} });
    };
    expect(codeIn(await depot.put('a', broken(), never))).toBe('torn');
    expect(valueIn(await depot.list('', never))).toEqual([]);
  });

  it('stops when it is told to', async () => {
    const depot = await openDepot();
    const stop = new AbortController();
    const endless = async function* (): Content {
      for (let round = 0; ; round += 1) {
        if (round === 30) stop.abort();
        yield randomBytes(2_000_000);
      }
    };
    expect(codeIn(await depot.put('a', endless(), stop.signal))).toBe('cancelled');
    expect(codeIn(await depot.list('', stop.signal))).toBe('cancelled');
    expect(valueIn(await depot.list('', never))).toEqual([]);
    valueIn(await depot.put('b', inPieces(randomBytes(3_000_000), 100_000), never));
    const late = new AbortController();
    const reading = async () => {
      for await (const _piece of depot.get('b', late.signal)) late.abort();
    };
    await expect(reading()).rejects.toMatchObject({ failure: { code: 'cancelled' } });
  });
});
