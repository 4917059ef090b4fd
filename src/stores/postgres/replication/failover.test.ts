import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { millis, seconds } from '#kernel';
import { isRunning } from '#process';
import { never, testClock, valueOf } from '../../place.fixture.ts';
import {
  allFollow,
  allSynchronous,
  eventually,
  kill,
  processesOf,
  query,
  receiverIn,
  replicated,
  say,
  specOf,
  timelineOf,
  untilStandbys,
  watched,
} from './replication.fixture.ts';
import { writers } from './writers.fixture.ts';

const LONG = 120_000;

describe('a synchronous standby', () => {
  test(
    'takes over at the same port without losing an acknowledged write, twice',
    async () => {
      const place = replicated(specOf({ synchronous: true }));
      const store = place.open();
      const binding = valueOf(await store.ensure(never));
      await untilStandbys(store, allSynchronous);
      watched(store);
      const load = await writers(binding);
      for (const round of [1, 2]) {
        await load.more(200);
        const old = place.primary();
        kill(old);
        await eventually(() => place.named('failover_done').length === round, `takeover ${round}`);
        await load.more(100);
        expect(isRunning(old)).toBe(false);
        await untilStandbys(store, allSynchronous);
        const took = place.named('failover_done').at(-1)?.facts['tookMillis'];
        const lost = await load.lost();
        say(
          `synchronous takeover ${round}: ${String(took)} ms; longest silence for writers ${load.longestSilence()} ms; ${load.acknowledged.size} acknowledged, ${lost.length} lost`,
        );
        expect(lost).toEqual([]);
      }
      await load.end();
      const again = valueOf(await store.ensure(never));
      expect(again.env).toEqual(binding.env);
      expect(place.named('failover_done').map(({ facts }) => facts['lossless'])).toEqual([true, true]);
      expect(existsSync(join(place.folder, 'home', 'former'))).toBe(false);
      const log = readFileSync(join(place.folder, 'server.log'), 'utf8');
      expect(log).toMatch(/\[fairway\] failover_done standby=1 reason="gone" lossless=true tookMillis=\d+/);
    },
    LONG,
  );

  test(
    'takes over from a primary that hangs, whose process is ended first',
    async () => {
      const place = replicated(specOf({ synchronous: true, failoverAfter: seconds(1) }));
      const store = place.open();
      const binding = valueOf(await store.ensure(never));
      await untilStandbys(store, allSynchronous);
      await query(binding, 'CREATE TABLE kept AS SELECT 7 AS value');
      const old = place.primary();
      kill(old, 'SIGSTOP');
      const begun = performance.now();
      const now = valueOf(await store.ensure(never));
      say(`takeover from a hung primary: ${Math.round(performance.now() - begun)} ms`);
      expect([isRunning(old), now.env['PORT']]).toEqual([false, binding.env['PORT']]);
      expect(await query(now, 'SELECT value FROM kept')).toEqual([7]);
      expect(place.named('failover_begun')[0]?.facts).toEqual({ reason: 'hung', lossless: true });
    },
    LONG,
  );

  test(
    'that is killed comes back, and nobody takes over',
    async () => {
      const place = replicated(specOf({ synchronous: true }));
      const store = place.open();
      const binding = valueOf(await store.ensure(never));
      await untilStandbys(store, allSynchronous);
      watched(store);
      const load = await writers(binding);
      await load.more(50);
      const old = place.standbyProcess();
      kill(old);
      await load.more(50);
      await untilStandbys(
        store,
        (standbys) => allSynchronous(standbys) && place.standbyProcess().pid !== old.pid,
      );
      await load.more(50);
      say(`standby killed: longest silence for writers ${load.longestSilence()} ms`);
      expect(await load.lost()).toEqual([]);
      expect(place.named('failover_begun')).toEqual([]);
    },
    LONG,
  );

  test(
    'that hangs stops writers only until it is struck off, and does not take over then',
    async () => {
      const place = replicated(specOf({ synchronous: true }));
      const store = place.open();
      const binding = valueOf(await store.ensure(never));
      await untilStandbys(store, allSynchronous);
      const watching = watched(store);
      const load = await writers(binding);
      await load.more(50);
      for (const pid of processesOf(place.standby())) process.kill(pid, 'SIGSTOP');
      await eventually(() => place.record()['synchronous']?.toString() === '', 'it is struck off');
      await load.more(50);
      say(`standby hangs: longest silence for writers ${load.longestSilence()} ms`);
      await watching.end();
      kill(place.primary());
      valueOf(await store.ensure(never));
      await load.more(50);
      expect(await load.lost()).toEqual([]);
      expect(place.named('failover_begun')).toEqual([]);
      await untilStandbys(store, allSynchronous);
    },
    LONG,
  );
});

describe('an asynchronous standby', () => {
  test(
    'does not take over from a primary that comes back in time: nothing is lost',
    async () => {
      const place = replicated(specOf({}));
      const store = place.open();
      const binding = valueOf(await store.ensure(never));
      await untilStandbys(store, allFollow);
      watched(store);
      const load = await writers(binding);
      await load.more(200);
      kill(place.primary());
      await load.more(100);
      await load.end();
      say(`restart in place: longest silence for writers ${load.longestSilence()} ms`);
      expect(await load.lost()).toEqual([]);
      expect(place.named('primary_restarted').length).toBe(1);
      expect(place.named('failover_begun')).toEqual([]);
      await untilStandbys(store, allFollow);
    },
    LONG,
  );

  test(
    'takes over from one whose data is damaged; what is lost is counted, and the damaged data is kept',
    async () => {
      const place = replicated(specOf({}));
      const store = place.open();
      const binding = valueOf(await store.ensure(never));
      await untilStandbys(store, allFollow);
      const load = await writers(binding);
      await load.more(200);
      await untilStandbys(store, (standbys) => standbys[0]?.lagBytes !== null);
      const old = place.primary();
      kill(old);
      await eventually(() => !isRunning(old), 'the primary is gone');
      truncateSync(place.data('global/pg_control'), 100);
      const begun = performance.now();
      watched(store);
      await eventually(() => place.named('failover_done').length === 1, 'the takeover');
      const took = Math.round(performance.now() - begun);
      await load.more(100);
      await load.end();
      const lost = await load.lost();
      say(`asynchronous takeover: ${took} ms; ${load.acknowledged.size} acknowledged, ${lost.length} lost`);
      expect(lost.length).toBeLessThan(200); // those of before were followed
      expect(place.named('failover_done')[0]?.facts).toMatchObject({
        reason: 'not_started',
        lossless: false,
      });
      expect(existsSync(join(place.folder, 'home', 'former', 'global', 'pg_control'))).toBe(true);
      expect(valueOf(await store.ensure(never)).env).toEqual(binding.env);
    },
    LONG,
  );

  test(
    'takes over when the data of the primary is gone, instead of an empty store',
    async () => {
      const place = replicated(specOf({}));
      const store = place.open();
      const binding = valueOf(await store.ensure(never));
      await query(binding, 'CREATE TABLE kept AS SELECT 7 AS value');
      await untilStandbys(store, (standbys) => allFollow(standbys) && standbys[0]?.lagBytes === 0);
      const old = place.primary();
      kill(old);
      await eventually(() => !isRunning(old), 'the primary is gone');
      rmSync(place.data(), { recursive: true });
      expect(await query(valueOf(await store.ensure(never)), 'SELECT value FROM kept')).toEqual([7]);
      valueOf(await store.stop(never));
      for (const path of [place.data(), place.standby()]) rmSync(path, { recursive: true, force: true });
      expect(await store.ensure(never)).toMatchObject({ ok: false, error: { code: 'store_data_missing' } });
    },
    LONG,
  );

  test(
    'of two, the one that is further takes over, and the other one follows it from where it is',
    async () => {
      const place = replicated(specOf({ count: 2 }));
      const store = place.open();
      const binding = valueOf(await store.ensure(never));
      await untilStandbys(store, (standbys) => standbys.length === 2 && allFollow(standbys));
      kill(place.standbyProcess(1), 'SIGSTOP');
      const receiver = receiverIn(place.standby(1));
      process.kill(receiver, 'SIGSTOP');
      await query(binding, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS value');
      await testClock.sleep(millis(500));
      const old = place.primary();
      kill(old);
      process.kill(receiver, 'SIGKILL'); // what it has not read is lost with it
      kill(place.standbyProcess(1), 'SIGCONT');
      await eventually(() => !isRunning(old), 'the primary is gone');
      truncateSync(place.data('global/pg_control'), 100);
      valueOf(await store.ensure(never));
      expect(place.named('failover_done')[0]?.facts['standby']).toBe(2);
      expect(await query(binding, 'SELECT count(*)::int FROM kept')).toEqual([1000]);
      const made = place.named('standby_made').length;
      await untilStandbys(store, (standbys) => standbys.length === 2 && allFollow(standbys));
      const since = place.named('standby_made').slice(made);
      expect(since.map(({ facts }) => facts['standby'])).toEqual([2]);
    },
    LONG,
  );
});

test(
  'what is stopped is started as it was, also when the stop was cut short',
  async () => {
    const spec = specOf({ synchronous: true });
    const place = replicated(spec);
    const store = place.open();
    const binding = valueOf(await store.ensure(never));
    await untilStandbys(store, allSynchronous);
    valueOf(await store.stop(never));
    valueOf(await store.ensure(never));
    await untilStandbys(store, allSynchronous);
    const old = place.primary();
    // What a control plane leaves behind that dies after it has ended the primary, and before it has noted that.
    const file = join(place.folder, 'replication.json');
    writeFileSync(file, JSON.stringify({ ...place.record(), wanted: 'stopped' }));
    kill(old);
    await eventually(() => !isRunning(old), 'the primary is gone');
    expect(valueOf(await place.open().ensure(never)).env).toEqual(binding.env);
    expect(place.named('failover_begun')).toEqual([]);
    expect(timelineOf(place.folder)).toBe(1);
  },
  LONG,
);
