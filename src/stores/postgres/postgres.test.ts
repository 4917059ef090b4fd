import { spawn } from 'node:child_process';
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { identify } from '#process';
import { clients } from '../clients.fixture.ts';
import type { StoreBinding } from '../contract.ts';
import { createEmbeddedStore } from '../index.ts';
import { eventually, never, storeFolder, temporarySystem, testClock, valueOf } from '../place.fixture.ts';

const { spec } = clients.postgres;

async function query(binding: StoreBinding, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: binding.env['URL'] ?? '' });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe('an embedded Postgres', () => {
  test.each([null, '18', '18.4'])('is there in version %s', async (version) => {
    const store = temporarySystem().open({ ...spec, kind: 'postgres', version, database: 'a "b"' });
    const binding = valueOf(await store.ensure(never));
    expect(await query(binding, 'SELECT current_database()')).toEqual(['a "b"']);
  });

  test.each(['1', '17', '18.40'])(
    'is refused in version %s, which did not come with Fairway',
    async (asked) => {
      const store = temporarySystem().open({
        kind: 'postgres',
        name: 'db',
        version: asked,
        database: 'shop',
      });
      expect(await store.ensure(never)).toEqual({
        ok: false,
        error: { code: 'postgres_version_not_available', facts: { store: 'db', asked, available: '18.4' } },
      });
    },
  );

  test('gives services a role that owns their database and administers nothing', async () => {
    const binding = valueOf(await temporarySystem().open(spec).ensure(never));
    await query(binding, 'CREATE SCHEMA own');
    await query(binding, 'CREATE EXTENSION pg_trgm');
    expect(await query(binding, 'SELECT usesuper FROM pg_user WHERE usename = current_user')).toEqual([
      false,
    ]);
    await expect(query(binding, "COPY (SELECT 1) TO PROGRAM 'true'")).rejects.toThrow(/permission denied/);
    await expect(query(binding, 'SELECT rolpassword FROM pg_authid')).rejects.toThrow(/permission denied/);
  });

  test('listens on the loopback address only, without a socket in the file system', async () => {
    const system = temporarySystem();
    valueOf(await system.open(spec).ensure(never));
    const lock = join(storeFolder(system.folder, spec), 'home', 'data', 'postmaster.pid');
    const { port } = system.stateOf(spec).access;
    expect(readFileSync(lock, 'utf8').split('\n').slice(3, 6)).toEqual([String(port), '', '127.0.0.1']);
  });

  test('is ready for an archive and waits for the disk at every commit', async () => {
    const binding = valueOf(await temporarySystem().open(spec).ensure(never));
    const settings = ['wal_level', 'fsync', 'synchronous_commit', 'recovery_init_sync_method'];
    const values = settings.map((name) => `current_setting('${name}')`).join(', ');
    expect(await query(binding, `SELECT ${values}`)).toEqual(['replica', 'on', 'on', 'syncfs']);
  });

  test('starts again although a backend outlived the postmaster in the middle of a query', async () => {
    const system = temporarySystem();
    const store = system.open(spec);
    const binding = valueOf(await store.ensure(never));
    const [backend] = await endlessQuery(binding);
    const postmaster = system.stateOf(spec).process?.pid ?? 0;
    process.kill(postmaster, 'SIGKILL');
    await eventually(() => identify(postmaster) === null, 'the postmaster is gone');
    valueOf(await store.ensure(never));
    expect(identify(backend)).toBeNull();
  });

  test.runIf(process.platform === 'linux')(
    'starts again although its old process number belongs to another program by now',
    async () => {
      const system = temporarySystem();
      const store = system.open(spec);
      valueOf(await store.ensure(never));
      const data = join(storeFolder(system.folder, spec), 'home', 'data');
      const lock = readFileSync(join(data, 'postmaster.pid'), 'utf8');
      valueOf(await store.stop(never));
      const { uid, gid } = statSync(data);
      const other = spawn('sleep', ['300'], process.getuid?.() === 0 ? { uid, gid } : {});
      onTestFinished(() => void other.kill('SIGKILL'));
      writeFileSync(join(data, 'postmaster.pid'), lock.replace(/^\d+/, String(other.pid)));
      valueOf(await store.ensure(never));
      expect(identify(other.pid ?? 0)).not.toBeNull();
    },
  );

  test('a copy of its folder is a store of its own', async () => {
    const system = temporarySystem();
    const original = system.open(spec);
    const binding = valueOf(await original.ensure(never));
    await clients.postgres.write(binding, 'first', 'kept');
    valueOf(await original.stop(never));
    const from = storeFolder(system.folder, spec);
    const state = readFileSync(join(from, 'state.json'), 'utf8');
    cpSync(from, storeFolder(system.folder, spec, 'copy'), { recursive: true });
    valueOf(await original.ensure(never));
    const running = readFileSync(join(from, 'state.json'), 'utf8');
    expect(running).not.toBe(state);
    writeFileSync(join(storeFolder(system.folder, spec, 'copy'), 'state.json'), running);
    const copy = system.open(spec, 'copy');
    expect(await copy.health()).toMatchObject({ state: 'stopped' });
    const other = valueOf(await copy.ensure(never));
    expect(other.env['PORT']).not.toBe(binding.env['PORT']);
    expect(await clients.postgres.read(other, 'first')).toBe('kept');
    expect(await original.health()).toMatchObject({ state: 'ready' });
  });

  test('lets services in again when the notes about its password are lost', async () => {
    const system = temporarySystem();
    const store = system.open(spec);
    await clients.postgres.write(valueOf(await store.ensure(never)), 'first', 'kept');
    valueOf(await store.stop(never));
    const file = join(storeFolder(system.folder, spec), 'state.json');
    writeFileSync(file, 'not json');
    expect(await store.ensure(never)).toMatchObject({ ok: false, error: { code: 'store_state_unreadable' } });
    expect(await store.health()).toMatchObject({ state: 'failed' });
    rmSync(file);
    expect(await clients.postgres.read(valueOf(await store.ensure(never)), 'first')).toBe('kept');
  });

  test('data of another version is left alone', async () => {
    const system = temporarySystem();
    const store = system.open(spec);
    valueOf(await store.ensure(never));
    valueOf(await store.stop(never));
    const data = join(storeFolder(system.folder, spec), 'home', 'data');
    writeFileSync(join(data, 'PG_VERSION'), '17\n');
    expect(await store.ensure(never)).toEqual({
      ok: false,
      error: { code: 'postgres_data_version', facts: { folder: data, found: '17', available: 18 } },
    });
  });

  test('a start that is cancelled fails, and the next one continues', async () => {
    const store = temporarySystem().open(spec);
    const refused = await store.ensure(AbortSignal.abort());
    expect(refused).toMatchObject({ ok: false, error: { code: 'store_start_cancelled' } });
    valueOf(await store.ensure(never));
  });

  test('a folder that cannot be made is a failure', async () => {
    const { folder } = temporarySystem();
    writeFileSync(join(folder, 'file'), '');
    const store = createEmbeddedStore({
      spec,
      folder: join(folder, 'file', 'db'),
      clock: testClock,
      random: () => 0,
    });
    expect(await store.ensure(never)).toMatchObject({ ok: false, error: { code: 'store_folder_failed' } });
  });
});

/** Starts a query that looks neither at time nor at its postmaster; resolves to its process once it runs. */
async function endlessQuery(binding: StoreBinding): Promise<[number]> {
  const client = new pg.Client({ connectionString: binding.env['URL'] ?? '' });
  client.on('error', () => {});
  await client.connect();
  const found = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const pid = found.rows[0]?.pid ?? 0;
  client
    .query('SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b')
    .catch(() => {});
  const running = `SELECT count(*)::int FROM pg_stat_activity WHERE pid = ${pid} AND state = 'active'`;
  await eventually(async () => (await query(binding, running))[0] === 1, 'the query runs');
  return [pid];
}
