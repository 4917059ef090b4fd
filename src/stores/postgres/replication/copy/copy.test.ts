import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copyFolder } from './copy-folder.ts';

test('a copy has the data and nothing that belongs to the running server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  for (const path of ['base/5', 'global', 'pg_wal/archive_status', 'pg_replslot/standby_1', 'base/pgsql_tmp'])
    mkdirSync(join(from, path), { recursive: true });
  for (const path of ['PG_VERSION', 'base/5/1259', 'global/pg_control', 'global/pg_internal.init'])
    writeFileSync(join(from, path), path);
  for (const path of [
    'postmaster.pid',
    'standby.signal',
    'backup_label.old',
    'pg_wal/000000010000000000000001',
  ])
    writeFileSync(join(from, path), path);
  writeFileSync(join(from, 'pg_replslot/standby_1/state'), '');
  symlinkSync('/etc', join(from, 'base', 'elsewhere'));
  const copied = await copyFolder(from, to);
  expect(readdirSync(to, { recursive: true }).map(String).toSorted()).toEqual([
    'PG_VERSION',
    'base',
    'base/5',
    'base/5/1259',
    'global',
    'global/pg_control',
    'pg_replslot',
    'pg_wal',
    'pg_wal/archive_status',
  ]);
  expect(copied).toBe('PG_VERSION'.length + 'base/5/1259'.length);
  expect(readFileSync(join(to, 'global/pg_control'), 'utf8')).toBe('global/pg_control');
  await expect(copyFolder(from, to)).rejects.toThrow('EEXIST');
});
