import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StoreSpec } from '#core/system';
import { seconds } from '#kernel';
import { clients } from '../clients.fixture.ts';
import { never, temporarySystem, valueOf } from '../place.fixture.ts';
import { allFollow, untilStandbys } from '../postgres/replication/replication.fixture.ts';
import { elsewhere, exchangePlace, exchangerKilledAt, held, heldIn } from './exchange.fixture.ts';

const LONG = 120_000;

const withStandby: StoreSpec = {
  kind: 'postgres',
  name: 'db',
  version: null,
  database: 'shop',
  standbys: { count: 1, synchronous: false, failoverAfter: seconds(5) },
};

describe('exchanging the data of a store', () => {
  test(
    'restored data are served at the address of before, the former ones are kept, and it can be gone back',
    async () => {
      const place = await exchangePlace();
      const { store, restored, former } = place;
      const done = valueOf(await store.exchange({ restored, former }, never));
      expect(done).toMatchObject({ former, binding: { env: place.binding.env } });
      expect(await held(place.binding)).toBe('restored');
      expect(readdirSync(place.folder).filter((name) => name.startsWith('exchange'))).toEqual([]);
      const again = valueOf(await store.exchange({ restored, former: `${former}-2` }, never));
      expect(again.former).toBe(former);
      expect(await heldIn(former)).toBe('ours');
      const back = valueOf(await store.exchange({ restored: former, former: `${former}-2` }, never));
      expect(back.binding.env).toEqual(place.binding.env);
      expect(await held(place.binding)).toBe('ours');
      expect(await heldIn(`${former}-2`)).toBe('restored');
    },
    LONG,
  );

  test(
    'standbys of before go with the former data and are made anew',
    async () => {
      const place = await exchangePlace({ spec: withStandby });
      await untilStandbys(place.store, allFollow);
      valueOf(await place.store.exchange(place, never));
      await untilStandbys(place.store, allFollow);
      expect(await held(place.binding)).toBe('restored');
      expect(existsSync(join(place.former, 'standbys', '1', 'home', 'data', 'PG_VERSION'))).toBe(true);
    },
    LONG,
  );

  test.runIf(process.getuid?.() === 0)(
    'where homes are links to data that lie elsewhere, the links change places',
    async () => {
      const place = await exchangePlace({ hidden: true });
      valueOf(await place.store.exchange(place, never));
      expect(await held(place.binding)).toBe('restored');
      expect(readFileSync(join(place.folder, 'home', 'belongs-to.txt'), 'utf8')).toBe(`${place.folder}\n`);
      expect(await heldIn(place.former)).toBe('ours');
      expect(readFileSync(join(place.former, 'home', 'belongs-to.txt'), 'utf8')).toBe(`${place.former}\n`);
    },
    LONG,
  );

  test(
    'restored data of another file system are copied; the former ones stay on their own',
    async ({ skip }) => {
      const other = elsewhere();
      if (other === null) return skip('this machine has one file system only');
      const place = await exchangePlace({ elsewhere: other });
      const done = valueOf(await place.store.exchange(place, never));
      expect(done.former).toBe(join(place.folder, 'former', 'db-1'));
      expect(await held(place.binding)).toBe('restored');
      expect(existsSync(join(place.restored, 'home'))).toBe(false);
      expect(await heldIn(done.former)).toBe('ours');
    },
    LONG,
  );
});

test(
  'the data of a bucket are exchanged in the same way',
  async () => {
    const client = clients.bucket;
    const system = temporarySystem();
    const [store, side] = [system.open(client.spec), system.open(client.spec, 'side')];
    const binding = valueOf(await store.ensure(never));
    await client.write(binding, 'key', 'ours');
    await client.write(valueOf(await side.ensure(never)), 'key', 'restored');
    valueOf(await side.stop(never));
    const restored = join(system.folder, '.fairway', 'side', 'stores', client.spec.name);
    const former = join(system.folder, '.fairway', 'dev', 'former');
    const done = valueOf(await store.exchange({ restored, former }, never));
    expect(done.binding.env).toEqual(binding.env);
    expect(await client.read(binding, 'key')).toBe('restored');
    const back = valueOf(await store.exchange({ restored: former, former: `${former}-2` }, never));
    expect(await client.read(back.binding, 'key')).toBe('ours');
  },
  LONG,
);

describe('an exchange that cannot be', () => {
  test(
    'restored data that run, that are not there, or former ones in the way: refused, nothing changed',
    async () => {
      const place = await exchangePlace();
      const { store, restored, former } = place;
      const side = place.at(restored);
      valueOf(await side.ensure(never));
      expect(await store.exchange(place, never)).toMatchObject({ error: { code: 'store_still_running' } });
      valueOf(await side.stop(never));
      const nowhere = { restored: join(restored, 'nowhere'), former };
      expect(await store.exchange(nowhere, never)).toMatchObject({ error: { code: 'store_data_missing' } });
      const inTheWay = { restored, former: place.folder };
      expect(await store.exchange(inTheWay, never)).toMatchObject({ error: { code: 'store_folder_failed' } });
      expect(await held(place.binding)).toBe('ours');
      expect(await heldIn(restored)).toBe('restored');
    },
    LONG,
  );

  test(
    'given up when the restored data are lost before they were taken: the store goes on with its own',
    async () => {
      const place = await exchangePlace();
      await exchangerKilledAt(place, 'exchange_begun');
      rmSync(join(place.restored, 'home'), { recursive: true });
      expect(valueOf(await place.open().ensure(never)).env).toEqual(place.binding.env);
      expect(await held(place.binding)).toBe('ours');
      expect(place.events.map(({ event }) => event)).toContain('exchange_given_up');
    },
    LONG,
  );

  test(
    'restored data that do not start can be exchanged for the former ones',
    async () => {
      const place = await exchangePlace();
      rmSync(join(place.restored, 'home', 'data', 'global'), { recursive: true });
      const { store, former } = place;
      expect((await store.exchange(place, never)).ok).toBe(false);
      expect((await place.open().ensure(never)).ok).toBe(false);
      valueOf(await store.exchange({ restored: former, former: `${former}-2` }, never));
      expect(await held(place.binding)).toBe('ours');
    },
    LONG,
  );
});

describe('an exchange whose process is killed', () => {
  const moments = [
    'exchange_begun',
    'exchange_step brought',
    'exchange_step stopping',
    'exchange_step stopped',
    'exchange_step aside',
    'exchange_step put_aside',
    'exchange_step placing',
    'exchange_step placed',
    'exchange_step starting',
    'exchange_done',
  ];
  test.each(['exchange_step put_aside', 'exchange_step placed'])(
    'at "%s", where a standby has the former data whole: it does not take over',
    async (moment) => {
      const place = await exchangePlace({ spec: withStandby });
      await untilStandbys(place.store, allFollow);
      valueOf(await place.store.stop(never));
      await exchangerKilledAt(place, moment);
      const next = place.open();
      expect(valueOf(await next.ensure(never)).env).toEqual(place.binding.env);
      expect(await held(place.binding)).toBe('restored');
      await untilStandbys(next, allFollow);
      expect(place.events.map(({ event }) => event)).not.toContain('failover_begun');
    },
    LONG,
  );

  test.each(moments)(
    'at "%s": the next one ends it; both data are there',
    async (moment) => {
      const place = await exchangePlace();
      await exchangerKilledAt(place, moment);
      const next = place.open();
      expect(valueOf(await next.ensure(never)).env).toEqual(place.binding.env);
      expect(await held(place.binding)).toBe('restored');
      expect(await heldIn(place.former)).toBe('ours');
      expect(existsSync(join(place.folder, 'exchange.json'))).toBe(false);
      expect(valueOf(await next.exchange(place, never)).former).toBe(place.former);
      expect(await held(place.binding)).toBe('restored');
    },
    LONG,
  );
});
