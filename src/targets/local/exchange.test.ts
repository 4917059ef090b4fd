import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StoreSpec } from '#core/system';
import { days, seconds } from '#kernel';
import type { StoreCopies, Target, TargetRecovery } from '#ports';
import { createEmbeddedStore, type StoreEvent } from '#stores';
import { context, createWorld, environment, until, value, type World } from './testing/world.ts';

const LONG = 120_000;
const never = new AbortController().signal;

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.end());

const db: StoreSpec = {
  kind: 'postgres',
  name: 'db',
  version: null,
  database: 'shop',
  standbys: { count: 1, synchronous: false, failoverAfter: seconds(20) },
  backup: { full: null, longTerm: null, logEvery: seconds(60), pointInTime: days(1), to: null },
};

/** Nothing here is copied: what is put in place was made on a side folder. */
const copies = (): StoreCopies => {
  throw new Error('this test copies nothing');
};

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

const storeOf = async (target: Target) => (await target.observe()).stores[0];

function recoveryOf(target: Target): TargetRecovery {
  if (target.recovery === undefined) throw new Error('it offers no recovery');
  return target.recovery;
}

test(
  'restored data run beside the store, take its place while it is watched, and everything is erased with it',
  async () => {
    const told: StoreEvent[] = [];
    const options = {
      stores: createEmbeddedStore,
      copies,
      told: (event: StoreEvent) => void told.push(event),
    };
    const target = world.target(options);
    const recovery = recoveryOf(target);
    try {
      value(await target.open(environment([], { stores: [db] }), context()));
      const follows = await until(async () => {
        const store = await storeOf(target);
        return store?.standbys?.[0]?.state === 'follows' ? store : undefined;
      });
      expect(follows.standbys).toMatchObject([{ number: 1, state: 'follows', synchronous: false }]);
      const work = value(await recovery.workFolder());
      expect((await stat(work)).mode & 0o066).toBe(0);
      const folder = join(work, 'side');
      const side = value(await recovery.startSide(db, folder, never));
      const again = value(await recovery.startSide(db, folder, never));
      expect(again.env).toEqual(side.env);
      expect(side.address).not.toBe(follows.address);
      await query(String(side.env['URL']), `CREATE TABLE held AS SELECT 'restored' AS value`);
      expect(await recovery.exchange('db', folder, never)).toMatchObject({
        error: { code: 'store_still_running' },
      });
      expect(await recovery.exchange('other', folder, never)).toMatchObject({
        error: { code: 'store_not_known', facts: { store: 'other' } },
      });
      value(await side.stop(never));
      await expect(access(join(folder, 'standbys'))).rejects.toThrow('ENOENT');

      const { former } = value(await recovery.exchange('db', folder, never));
      const [found] = await readdir(join(work, 'former'));
      expect(former).toBe(join(work, 'former', found ?? ''));
      await delay(2_500); // the watch, which looks once a second, finds nothing to start
      const after = await until(async () => {
        const store = await storeOf(target);
        return store?.standbys?.[0]?.state === 'follows' ? store : undefined;
      });
      expect(hostOf(after.address)).toBe(hostOf(follows.address));
      expect(told.map(({ event }) => event)).toEqual(
        expect.arrayContaining(['standby_made', 'exchange_begun', 'exchange_done']),
      );
      const held = value(await recovery.startSide(db, former, never));
      await expect(query(String(held.env['URL']), 'SELECT value FROM held')).rejects.toThrow(
        'does not exist',
      );
      value(await held.stop(never));
    } finally {
      value(await target.close({ erase: true }, context()));
    }
    expect(await readdir(join(world.folder, '.fairway/dev/recovery/former'))).toEqual([]);
  },
  LONG,
);

/** Without what is said of the standbys. */
const hostOf = (address: string | null | undefined) => address?.replace(/ \(.*$/, '');

test('a target that is given no copies offers no recovery', () => {
  expect(world.target({ stores: createEmbeddedStore }).recovery).toBeUndefined();
});

test('generated secrets are given new values; those that were given are named', async () => {
  const target = world.target({ copies, variables: { STRIPE_KEY: 'given' } });
  const secrets = [
    { name: 'SESSION_KEY', generateBytes: 24 },
    { name: 'STRIPE_KEY', generateBytes: null },
  ];
  value(await target.open(environment([], { secrets }), context()));
  const before = await world.read('.fairway/dev/secrets.json');
  expect(value(await recoveryOf(target).rotateSecrets())).toEqual({
    rotated: ['SESSION_KEY'],
    given: ['STRIPE_KEY'],
  });
  const after = await world.read('.fairway/dev/secrets.json');
  const valueIn = (text: string) => JSON.parse(text).secrets.SESSION_KEY.value as string;
  expect(valueIn(after)).toMatch(/^[0-9a-f]{48}$/);
  expect(valueIn(after)).not.toBe(valueIn(before));
  expect(after).toContain(valueIn(before)); // for revisions that run with it
});
