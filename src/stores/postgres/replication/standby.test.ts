import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isRunning } from '#process';
import { never, valueOf } from '../../place.fixture.ts';
import {
  administrator,
  allFollow,
  eventually,
  kill,
  query,
  replicated,
  specOf,
  standbyPort,
  untilStandbys,
  watched,
} from './replication.fixture.ts';
import { writers } from './writers.fixture.ts';

const LONG = 120_000;

test(
  'a standby that is killed is started again; one whose data is damaged is made anew',
  async () => {
    const place = replicated(specOf({}));
    const store = place.open();
    valueOf(await store.ensure(never));
    await untilStandbys(store, allFollow);
    expect(place.named('standby_made').length).toBe(1);
    const first = place.standbyProcess();
    kill(first);
    await untilStandbys(store, (standbys) => allFollow(standbys) && place.standbyProcess().pid !== first.pid);
    expect(place.named('standby_made').length).toBe(1);
    expect(place.named('standby_lost').length).toBe(1);
    const second = place.standbyProcess();
    kill(second);
    await eventually(() => !isRunning(second), 'the standby is gone');
    writeFileSync(join(place.standby(), 'home', 'data', 'global', 'pg_control'), 'damaged');
    await untilStandbys(
      store,
      (standbys) => allFollow(standbys) && place.standbyProcess().pid !== second.pid,
    );
    expect(place.named('standby_made').length).toBe(2);
  },
  LONG,
);

test(
  'a standby that cannot follow, because the log it needs is gone, is made anew',
  async () => {
    const place = replicated(specOf({}));
    const store = place.open();
    const binding = valueOf(await store.ensure(never));
    await untilStandbys(store, allFollow);
    valueOf(await store.stop(never));
    valueOf(await store.ensure(never)); // the standby is started by the first look
    // As after a takeover, with nothing kept for it, and a log that has moved on.
    const login = { ...binding, env: { URL: administrator(place.folder, binding.env['PORT'] ?? '') } };
    await query(login, "SELECT pg_drop_replication_slot('standby_1')");
    await query(login, "ALTER SYSTEM SET wal_keep_size = '0'");
    await query(login, 'SELECT pg_reload_conf()');
    await query(
      login,
      'CREATE TABLE much AS SELECT repeat(md5(i::text), 20) FROM generate_series(1, 60000) i',
    );
    for (let turn = 0; turn < 5; turn += 1) {
      await query(login, 'SELECT pg_switch_wal()');
      await query(login, 'CREATE TABLE IF NOT EXISTS one (a int)');
      await query(login, 'INSERT INTO one VALUES (1)');
      await query(login, 'CHECKPOINT');
    }
    await untilStandbys(store, allFollow);
    expect(place.named('standby_copying').map(({ facts }) => facts['why'])).toEqual([
      'missing',
      'cannot_follow',
    ]);
  },
  LONG,
);

test(
  'lag is told in bytes and in seconds, also of a standby that stands still',
  async () => {
    const place = replicated(specOf({}));
    const store = place.open();
    const binding = valueOf(await store.ensure(never));
    const [calm] = await untilStandbys(
      store,
      (standbys) => allFollow(standbys) && standbys[0]?.lagBytes === 0,
    );
    expect(calm?.lagSeconds).toBeLessThan(1);
    const access = { ...binding, env: { URL: administrator(place.folder, standbyPort(place.standby())) } };
    await query(access, 'SELECT pg_wal_replay_pause()');
    const load = await writers(binding, 1);
    await load.more(100);
    const [behind] = await untilStandbys(store, ([one]) => (one?.lagSeconds ?? 0) > 2);
    expect(behind).toMatchObject({ state: 'follows', synchronous: false });
    expect(behind?.lagBytes).toBeGreaterThan(1_000);
    const health = await store.health();
    expect(health.state === 'ready' && health.address).toMatch(
      /\(1 of 1 standby following; standby 1 is \d+ s and \d+ bytes behind\)$/,
    );
    await load.end();
    await query(access, 'SELECT pg_wal_replay_resume()');
    await untilStandbys(store, ([one]) => one?.lagBytes === 0 && (one.lagSeconds ?? 9) < 1);
  },
  LONG,
);

test(
  'standbys come and go with the declaration, while the store runs on',
  async () => {
    const place = replicated(specOf(null));
    const single = place.open();
    const binding = valueOf(await single.ensure(never));
    const primary = place.primary();
    expect(await single.health()).toEqual({
      state: 'ready',
      address: `postgres 127.0.0.1:${binding.env['PORT']}`,
    });
    const declared = place.open(specOf({ count: 2, synchronous: true }));
    expect(valueOf(await declared.ensure(never)).env).toEqual(binding.env);
    await untilStandbys(
      declared,
      (standbys) => standbys.length === 2 && standbys.every((one) => one.synchronous),
    );
    const [one, two] = [place.standbyProcess(1), place.standbyProcess(2)];
    const again = place.open(specOf(null));
    valueOf(await again.ensure(never));
    watched(again);
    await eventually(() => !isRunning(one) && !isRunning(two), 'both are gone');
    await query(binding, 'CREATE TABLE written_alone (a int)'); // waits for nobody any more
    await eventually(() => place.named('standby_removed').length === 2, 'both are removed');
    const login = { ...binding, env: { URL: administrator(place.folder, binding.env['PORT'] ?? '') } };
    await eventually(
      async () => (await query(login, 'SELECT slot_name FROM pg_replication_slots')).length === 0,
      'no log is kept for them',
    );
    expect(place.primary()).toEqual(primary);
  },
  LONG,
);

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'a disk without room for a copy is told of in a sentence, and nothing else suffers',
  async () => {
    const place = replicated(specOf({}));
    mkdirSync(place.standby(), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m,mode=755', 'tmpfs', place.standby()]);
    onTestFinished(() => void execFileSync('umount', ['--lazy', place.standby()]));
    const store = place.open();
    const binding = valueOf(await store.ensure(never));
    const [standby] = await untilStandbys(store, ([one]) => one?.detail !== null);
    expect(standby?.detail).toMatch(
      /^There is no room for standby 1 of the store db: it needs \d+MiB, and \d+MiB are free\.$/,
    );
    expect(await query(binding, 'SELECT 1')).toEqual([1]);
    valueOf(await store.stop(never));
  },
  LONG,
);

test(
  'passwords stand in a file of the server alone, and in no command, log or record',
  async () => {
    const place = replicated(specOf({}));
    const store = place.open();
    valueOf(await store.ensure(never));
    await untilStandbys(store, allFollow);
    const passFile = join(place.standby(), 'home', 'passfile');
    expect(statSync(passFile).mode & 0o777).toBe(0o600);
    const password = readFileSync(passFile, 'utf8').trim().split(':').at(-1) ?? '';
    expect(password.length).toBeGreaterThan(30);
    const texts = [
      ...[place.folder, place.standby()].map((folder) => readFileSync(join(folder, 'server.log'), 'utf8')),
      readFileSync(join(place.standby(), 'home', 'data', 'fairway.conf'), 'utf8'),
      JSON.stringify([place.record(), place.events, await store.health()]),
      readFileSync(`/proc/${place.standbyProcess().pid}/cmdline`, 'utf8'),
    ];
    expect(texts.filter((text) => text.includes(password))).toEqual([]);
  },
  LONG,
);
