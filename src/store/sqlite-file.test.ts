import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitOf, settableClock } from '../../test/contract/store.ts';
import { type Clock, instant, millis } from '#kernel';
import type { Store } from '#ports';
import { openSqliteStore, storeOver } from './sqlite.ts';

describe('the file of a SQLite store', () => {
  let folder: string;
  let file: string;
  const clock = settableClock();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairway-store-'));
    file = join(folder, 'store.db');
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const open = async (options: { clock: Clock; busyTimeout?: ReturnType<typeof millis> } = { clock }) => {
    const opened = await openSqliteStore(file, options);
    if (!opened.ok) throw new Error(JSON.stringify(opened.error));
    return opened.value;
  };
  const change = (sql: string) => {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  };

  it('is readable by its owner only, its side files too', async () => {
    const store = await open();
    await append(store, 'x');
    const names = await readdir(folder);
    expect(names.sort()).toEqual(['store.db', 'store.db-shm', 'store.db-wal']);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    await store.close();
    expect(await readdir(folder)).toEqual(['store.db']);
  });

  it('is made private again when somebody opened it to others', async () => {
    await (await open()).close();
    await chmod(file, 0o644);
    const store = await open();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('is written through to the disk: WAL, and synchronous = FULL', async () => {
    await (await open()).close();
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  it('of a newer Fairway is refused, and not changed', async () => {
    await (await open()).close();
    change('PRAGMA user_version = 99');
    const before = await readFile(file);
    expect(await openSqliteStore(file, { clock })).toEqual({
      ok: false,
      error: { code: 'store_format_newer', facts: { file, found: 99, known: 1 } },
    });
    expect(await readFile(file)).toEqual(before);
  });

  it.each([
    ['with tables', 'CREATE TABLE theirs (id INTEGER)'],
    ['with a version', 'PRAGMA user_version = 1; CREATE TABLE theirs (id INTEGER)'],
  ])('of another program, %s, is refused, and not changed', async (_, sql) => {
    change(sql);
    await chmod(file, 0o640);
    const before = await readFile(file);
    expect(await openSqliteStore(file, { clock })).toEqual({
      ok: false,
      error: { code: 'store_unreadable', facts: { file, reason: 'it belongs to another program' } },
    });
    expect(await readFile(file)).toEqual(before);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  it('that is no database is refused', async () => {
    await writeFile(file, 'not a database, but long enough to have a header'.repeat(20));
    expect(await openSqliteStore(file, { clock })).toMatchObject({ error: { code: 'store_unreadable' } });
  });

  it.each([
    ['in a folder that is missing', async () => {}],
    ['that is a folder', async () => mkdir(join(folder, 'missing', 'store.db'), { recursive: true })],
  ])('%s is refused', async (_, arrange) => {
    await arrange();
    const place = join(folder, 'missing', 'store.db');
    expect(await openSqliteStore(place, { clock })).toMatchObject({
      error: { code: 'store_unavailable', facts: { store: place } },
    });
  });

  it('locked by another process answers store_unavailable after the busy timeout, and works again later', async () => {
    const store = await open({ clock, busyTimeout: millis(50) });
    await append(store, 'one');
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(await append(store, 'two')).toMatchObject({ error: { code: 'store_unavailable' } });
    expect(await store.acquire('l', 'me', millis(1), clock.now())).toMatchObject({
      error: { code: 'store_unavailable' },
    });
    expect(await store.last('s')).toMatchObject({ type: 'one' });
    other.exec('ROLLBACK');
    other.close();
    expect(await append(store, 'two')).toMatchObject({ ok: true, value: { sequence: 2 } });
    await store.close();
  });

  it('that is locked while it is opened is refused after the busy timeout', async () => {
    await (await open()).close();
    const other = new DatabaseSync(file);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const passing: Clock = { ...clock, sleep: async (wait) => clock.set(instant(clock.now() + wait)) };
    expect(await openSqliteStore(file, { clock: passing, busyTimeout: millis(60) })).toMatchObject({
      error: { code: 'store_unavailable', facts: { reason: 'another process keeps it locked' } },
    });
    other.close();
  });

  it('that may not grow answers store_unavailable, stays readable, and takes commits again later', async () => {
    await (await open()).close();
    const database = new DatabaseSync(file);
    const store = storeOver(database, file, clock);
    await append(store, 'before');
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    await expectFull(store);
    database.exec('PRAGMA max_page_count = 100000');
    expect(await append(store, 'after', 'x'.repeat(100_000))).toMatchObject({ ok: true });
    expect(await store.verify('s')).toBeNull();
    await store.close();
  });

  const mayMount = process.platform === 'linux' && process.getuid?.() === 0 && canMount();
  it.skipIf(!mayMount)(
    'on a full disk answers store_unavailable, stays readable, and recovers (needs root)',
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'fairway-test', folder]);
      try {
        const store = await open();
        await append(store, 'before');
        await writeFile(join(folder, 'filler'), Buffer.alloc(100_000));
        await expectFull(store);
        await rm(join(folder, 'filler'));
        expect(await append(store, 'after')).toMatchObject({ ok: true });
        expect(await store.verify('s')).toBeNull();
        await store.close();
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );

  it('whose JSON was damaged answers reads with store_unavailable', async () => {
    const store = await open();
    await append(store, 'one');
    change(`UPDATE entry SET data = '{'`);
    await expect(store.last('s')).rejects.toMatchObject({ failure: { code: 'store_unavailable' } });
    expect(await store.verify('s')).toBe(1);
    await store.close();
  });
});

async function append(store: Store, type: string, data = '') {
  const last = await store.last('s');
  const entries = [{ type, at: instant(0), data }];
  return store.commit(commitOf({ stream: 's', expected: last?.sequence ?? 0, entries }));
}

/** Fills the store until a commit is refused, and checks that all before it is there and nothing of it. */
async function expectFull(store: Store): Promise<void> {
  for (let commits = 0; commits < 1_000; commits += 1) {
    const last = await store.last('s');
    const done = await append(store, 'filling', 'x'.repeat(20_000));
    if (done.ok) continue;
    expect(done.error.code).toBe('store_unavailable');
    expect(await store.last('s')).toEqual(last);
    expect((await store.read('s', 0, 1))[0]).toMatchObject({ type: 'before' });
    expect(await store.verify('s')).toBeNull();
    return;
  }
  expect.fail('the store never became full');
}

function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
