import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identify } from '#process';
import { systemClock } from './clock.ts';
import {
  joinShared,
  journalOf,
  lockOwn,
  makeStateFolder,
  newKey,
  readControlFiles,
  storeOf,
  writeSharedControlFile,
} from './control-file.ts';

const store = 'postgres://app@db/fairway';
let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fairway-control-')));
  makeStateFolder(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const aFile = () => ({
  pid: process.pid,
  started: identify(process.pid)?.started ?? '',
  address: 'http://127.0.0.1:1',
  control: newKey(),
});

describe('a folder with a journal of its own', () => {
  it('has one control plane at a time', () => {
    const first = lockOwn(folder);
    expect(lockOwn(folder)).toMatchObject({ ok: false, error: { code: 'control_plane_running' } });
    if (first.ok) first.value();
    expect(lockOwn(folder).ok).toBe(true);
  });

  it('is not served with a store beside it, running or at rest', async () => {
    const own = lockOwn(folder);
    expect(await joinShared(folder, store, systemClock)).toMatchObject({
      error: { code: 'control_plane_running' },
    });
    if (own.ok) own.value();
    writeFileSync(journalOf(folder), '');
    expect(await joinShared(folder, store, systemClock)).toMatchObject({
      error: { code: 'store_journal_here' },
    });
    expect(storeOf(folder)).toBe(null);
  });
});

describe('a folder whose state lives in a store', () => {
  it('is served by several, with that store only', async () => {
    expect(
      await Promise.all([joinShared(folder, store, systemClock), joinShared(folder, store, systemClock)]),
    ).toEqual([
      { ok: true, value: null },
      { ok: true, value: null },
    ]);
    expect(await joinShared(folder, 'postgres://app@db/other', systemClock)).toMatchObject({
      error: { code: 'store_elsewhere', facts: { store } },
    });
  });

  it('refuses a control plane with a journal of its own, which would know nothing of what runs', async () => {
    await joinShared(folder, store, systemClock);
    expect(lockOwn(folder)).toMatchObject({ error: { code: 'store_elsewhere', facts: { store } } });
    const remove = writeSharedControlFile(folder, aFile());
    expect(lockOwn(folder)).toMatchObject({
      error: { code: 'control_plane_shared', facts: { pid: process.pid } },
    });
    expect(readControlFiles(folder)).toHaveLength(1);
    remove();
    expect(readControlFiles(folder)).toEqual([]);
  });

  it('forgets control planes that have died', async () => {
    await joinShared(folder, store, systemClock);
    writeSharedControlFile(folder, { ...aFile(), pid: 2 ** 22 - 1, started: 'never' });
    expect(readControlFiles(folder)).toEqual([]);
    expect(lockOwn(folder)).toMatchObject({ error: { code: 'store_elsewhere' } });
  });
});
