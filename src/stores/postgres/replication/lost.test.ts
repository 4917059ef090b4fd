import { existsSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { millis } from '#kernel';
import { isRunning, takeLock } from '#process';
import { never, testClock, valueOf } from '../../place.fixture.ts';
import {
  administrator,
  allFollow,
  allSynchronous,
  eventually,
  kill,
  query,
  replicated,
  specOf,
  standbyPort,
  supervisorKilledAt,
  timelineOf,
  untilStandbys,
} from './replication.fixture.ts';

const LONG = 120_000;

test(
  'no empty store takes the place of a standby that is lost in the middle of a takeover',
  async () => {
    const spec = specOf({ synchronous: true });
    const place = replicated(spec);
    const store = place.open();
    valueOf(await store.ensure(never));
    await untilStandbys(store, allSynchronous);
    const old = place.primary();
    kill(old);
    await eventually(() => !isRunning(old), 'the primary is gone');
    await supervisorKilledAt(place.folder, spec, 'failover_step put_aside');
    rmSync(join(place.standby(), 'home', 'data'), { recursive: true });
    expect(await place.open().ensure(never)).toMatchObject({
      ok: false,
      error: { code: 'store_data_missing' },
    });
    // What is left of the data: the old primary's, which had every write.
    expect(existsSync(join(place.folder, 'home', 'former', 'PG_VERSION'))).toBe(true);
  },
  LONG,
);

test.each(['standby lost', 'standby damaged'])(
  'a %s before it was asked to take over: the old primary goes on with every write',
  async (what) => {
    const spec = specOf({ synchronous: true });
    const place = replicated(spec);
    const store = place.open();
    const binding = valueOf(await store.ensure(never));
    await query(binding, 'CREATE TABLE kept AS SELECT 7 AS value');
    await untilStandbys(store, allSynchronous);
    const [old, standby] = [place.primary(), place.standbyProcess()];
    kill(old);
    await eventually(() => !isRunning(old), 'the primary is gone');
    await supervisorKilledAt(place.folder, spec, 'failover_step promoting');
    kill(standby);
    await eventually(() => !isRunning(standby), 'the standby is gone');
    const data = join(place.standby(), 'home', 'data');
    if (what === 'standby lost') rmSync(data, { recursive: true });
    else truncateSync(join(data, 'global', 'pg_control'), 100);
    const next = place.open();
    expect(valueOf(await next.ensure(never)).env).toEqual(binding.env);
    expect(await query(binding, 'SELECT value FROM kept')).toEqual([7]);
    expect(place.record()['failover']).toBeNull();
    expect(timelineOf(place.folder)).toBe(1);
    await untilStandbys(next, allSynchronous); // made anew
  },
  LONG,
);

test(
  'of two standbys the other one takes over where the chosen one is lost before it was asked to',
  async () => {
    const spec = specOf({ synchronous: true, count: 2 });
    const place = replicated(spec);
    const store = place.open();
    const binding = valueOf(await store.ensure(never));
    await query(binding, 'CREATE TABLE kept AS SELECT 7 AS value');
    await untilStandbys(store, (standbys) => standbys.length === 2 && allSynchronous(standbys));
    const old = place.primary();
    kill(old);
    await eventually(() => !isRunning(old), 'the primary is gone');
    truncateSync(place.data('global/pg_control'), 100);
    await supervisorKilledAt(place.folder, spec, 'failover_step promoting');
    const chosen = (place.record()['failover'] as { readonly standby: number }).standby;
    const process = place.standbyProcess(chosen);
    kill(process);
    await eventually(() => !isRunning(process), 'the chosen one is gone');
    rmSync(join(place.standby(chosen), 'home', 'data'), { recursive: true });
    const next = place.open();
    expect(valueOf(await next.ensure(never)).env).toEqual(binding.env);
    expect(await query(binding, 'SELECT value FROM kept')).toEqual([7]);
    expect(timelineOf(place.folder)).toBe(2);
    expect(place.named('failover_done')[0]?.facts['standby']).toBe(3 - chosen);
  },
  LONG,
);

test(
  'a record that somebody deleted leaves no standby running, and no empty store where the data was',
  async () => {
    const place = replicated(specOf({}));
    const store = place.open();
    valueOf(await store.ensure(never));
    await untilStandbys(store, allFollow);
    const standby = place.standbyProcess();
    rmSync(join(place.folder, 'replication.json'));
    valueOf(await store.stop(never));
    expect(isRunning(standby)).toBe(false);
    rmSync(place.data(), { recursive: true });
    expect(await place.open().ensure(never)).toMatchObject({
      ok: false,
      error: { code: 'store_data_missing' },
    });
    expect(existsSync(join(place.standby(), 'home', 'data', 'PG_VERSION'))).toBe(true);
  },
  LONG,
);

test(
  'a primary that takes longer than declared is left to it where no standby can take over',
  async () => {
    const place = replicated(specOf({ failoverAfter: millis(1) }));
    const store = place.open();
    const binding = valueOf(await store.ensure(never));
    await query(binding, 'CREATE TABLE kept AS SELECT 7 AS value');
    await untilStandbys(store, allFollow);
    const [old, standby] = [place.primary(), place.standbyProcess()];
    for (const each of [old, standby]) kill(each);
    await eventually(() => !isRunning(old) && !isRunning(standby), 'both are gone');
    truncateSync(join(place.standby(), 'home', 'data', 'global', 'pg_control'), 100);
    expect(valueOf(await store.ensure(never)).env).toEqual(binding.env);
    expect(await query(binding, 'SELECT value FROM kept')).toEqual([7]);
  },
  LONG,
);

test(
  'the primary is restarted where the standby that has everything cannot take over just now',
  async () => {
    const place = replicated(specOf({ synchronous: true }));
    const store = place.open();
    const binding = valueOf(await store.ensure(never));
    await untilStandbys(store, allSynchronous);
    const old = place.primary();
    kill(old);
    await eventually(() => !isRunning(old), 'the primary is gone');
    const unlock = valueOf(takeLock(join(place.folder, 'standby-1.lock')));
    expect(valueOf(await store.ensure(never)).env).toEqual(binding.env);
    expect(place.named('failover_given_up').length).toBe(1);
    expect(place.record()['failover']).toBeNull();
    unlock();
  },
  LONG,
);

test(
  'a standby that has to read back its own log first is not taken for one that has less',
  async () => {
    const place = replicated(specOf({ count: 2 }));
    const store = place.open();
    const binding = valueOf(await store.ensure(never));
    await untilStandbys(store, (standbys) => standbys.length === 2 && allFollow(standbys));
    // Held back for some seconds, as by a log that takes long; all of it is on its disk.
    await asAdministrator(administrator(place.folder, standbyPort(place.standby(2))), [
      "ALTER SYSTEM SET recovery_min_apply_delay = '4s'",
      'SELECT pg_reload_conf()',
    ]);
    await testClock.sleep(millis(500));
    const servers = [place.standbyProcess(1), place.primary(), place.standbyProcess(2)] as const;
    kill(servers[0]);
    await eventually(() => !isRunning(servers[0]), 'the first standby is gone');
    await query(binding, 'SELECT pg_current_xact_id()');
    await query(binding, 'CREATE TABLE kept AS SELECT 7 AS value');
    await testClock.sleep(millis(500));
    for (const each of servers.slice(1)) kill(each);
    await eventually(() => !servers.some(isRunning), 'all are gone');
    truncateSync(place.data('global/pg_control'), 100);
    expect(valueOf(await store.ensure(never)).env).toEqual(binding.env);
    expect(place.named('failover_done')[0]?.facts['standby']).toBe(2);
    expect(await query(binding, 'SELECT value FROM kept')).toEqual([7]);
  },
  LONG,
);

async function asAdministrator(connectionString: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
