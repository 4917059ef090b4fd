import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type RawEntry, storeContract } from '../../test/contract/store.ts';
import type { Clock } from '#kernel';
import { openSqliteStore } from './sqlite.ts';

storeContract('the SQLite store', async (clock) => {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-store-'));
  const file = join(folder, 'store.db');
  let store = await opened(file, clock);
  return {
    store,
    async reopen() {
      await store.close();
      store = await opened(file, clock);
      return store;
    },
    tamper: (stream, change) => tamper(file, stream, change),
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

async function opened(file: string, clock: Clock) {
  const result = await openSqliteStore(file, { clock });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Through a second connection, as an editor of the file would. */
function tamper(file: string, stream: string, change: (entries: readonly RawEntry[]) => readonly RawEntry[]) {
  const database = new DatabaseSync(file);
  const columns = 'sequence, at, type, data, hash';
  const entries = database
    .prepare(`SELECT ${columns} FROM entry WHERE stream = ? ORDER BY sequence`)
    .all(stream) as unknown as RawEntry[];
  database.exec('BEGIN');
  database.prepare('DELETE FROM entry WHERE stream = ?').run(stream);
  const insert = database.prepare(`INSERT INTO entry (stream, ${columns}) VALUES (?, ?, ?, ?, ?, ?)`);
  for (const { sequence, at, type, data, hash } of change(entries)) {
    insert.run(stream, sequence, at, type, data, hash);
  }
  database.exec('COMMIT');
  database.close();
}
