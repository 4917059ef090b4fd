import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { generateIdentity } from 'age-encryption';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecoveryView } from '#api';
import { loginOf, query, storeOf } from '../chaos/ledger-place.ts';
import { type Place, placeOf } from './place.ts';

/** What a person does on the worst day of the year, from the command line, with real stores. */

let place: Place;
let elsewhere: string;

beforeAll(() => {
  place = placeOf('test/chaos/ledger');
  elsewhere = mkdtempSync(join(tmpdir(), 'fairway-elsewhere-'));
  writeFileSync(join(place.folder, '.env'), `FAIRWAY_BACKUP_TO=${join(elsewhere, 'copies')}\n`);
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  rmSync(elsewhere, { recursive: true, force: true });
}, 60_000);

const idsIn = async (where: Place) =>
  (await query(loginOf(where), 'SELECT id FROM entries ORDER BY id')).map(({ id }) => id);

async function recovery(): Promise<RecoveryView> {
  const { exitCode, output } = await place.fairway('recovery', '--json');
  expect(exitCode, output).toBe(0);
  return JSON.parse(output) as RecoveryView;
}

test('a copy is read back, lies elsewhere, and its key is named', { timeout: 180_000 }, async () => {
  const up = await place.fairway('up');
  expect(up.exitCode, up.output).toBe(0);
  await query(loginOf(place), 'CREATE TABLE entries (id integer PRIMARY KEY)');
  await query(loginOf(place), 'INSERT INTO entries VALUES (1), (2), (3)');
  const made = await place.fairway('backup');
  expect(made.exitCode, made.output).toBe(0);
  expect(made.output).toMatch(/^2 copies were read back from .*elsewhere.* and found whole/m);
  expect(made.output).toContain(join('.fairway', 'dev', 'recovery.key'));
  const { place: where, stores, bounds } = await recovery();
  expect(where).toBe(join(elsewhere, 'copies'));
  expect(stores.map(({ store, copies }) => [store, copies > 0])).toEqual([
    ['database', true],
    ['fairway', true],
  ]);
  expect(bounds).toMatchObject({ rto: { declared: '1m', ok: null }, rpo: { declared: '10s', ok: null } });
});

test('deleted rows come back, and what is lost for it is said before', { timeout: 180_000 }, async () => {
  await query(loginOf(place), 'INSERT INTO entries VALUES (4)');
  await wait(1_100); // to the second before: the write has to lie before it
  const deletedAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000).toISOString();
  await wait(1_000);
  await query(loginOf(place), 'DELETE FROM entries WHERE id > 1');
  await query(loginOf(place), 'INSERT INTO entries VALUES (9)');
  await handedOver(Date.now());

  const unsaid = await place.fairway('recover', 'data-deleted');
  expect(unsaid.exitCode, unsaid.output).toBe(2);
  expect(unsaid.output).toContain('--at');
  const done = await place.fairway('recover', 'data-deleted', '--at', deletedAt, '--yes');
  expect(done.exitCode, done.output).toBe(0);
  expect(done.output).toMatch(/would be lost +at most ([2-9]|\d\d) transactions/);
  expect(done.output).toMatch(/^ +public\.entries +2 +4$/m);
  expect(await idsIn(place)).toEqual([1, 2, 3, 4]);
});

test('single rows are fetched from a restored store, whose password only its asker sees', {
  timeout: 180_000,
}, async () => {
  const restored = await place.fairway('restore', '--json');
  expect(restored.exitCode, restored.output).toBe(0);
  const { side } = JSON.parse(restored.output) as { side: { id: string } };
  await query(loginOf(place), 'DELETE FROM entries WHERE id = 4');
  const given = await place.fairway('restore', '--login', side.id);
  expect(given.output).toMatch(/^postgres:\/\/[^:]+:[^@]+@127\.0\.0\.1:\d+\/[^\s]+\n$/);
  const login = given.output.trim();
  expect(await query({ connectionString: login }, 'SELECT id FROM entries WHERE id = 4')).toEqual([
    { id: 4 },
  ]);
  await query(loginOf(place), 'INSERT INTO entries VALUES (4)');
  const { password } = new URL(login);
  const evidence = await place.fairway('recovery', '--evidence', '--json');
  expect(evidence.output).toContain('was given the login of the restored database');
  expect(evidence.output).not.toContain(password);
  const discarded = await place.fairway('restore', '--discard', side.id);
  expect(discarded.exitCode, discarded.output).toBe(0);
  const gone = await place.fairway('restore', '--login', side.id);
  expect(gone.exitCode, gone.output).toBe(2);
});

test('a page that was damaged on the disk is found, refused by every new copy, and brought back whole', {
  timeout: 240_000,
}, async () => {
  await query(
    loginOf(place),
    'CREATE TABLE pages AS SELECT id, repeat(id::text, 50) AS text FROM generate_series(1, 1000) id',
  );
  await handedOver(Date.now());
  const [found] = await query(loginOf(place), "SELECT pg_relation_filepath('pages') AS path");
  expect((await place.fairway('down')).exitCode).toBe(0);
  damagePage(join(storeOf(place), 'home', 'data', String(found?.['path'])), 3);
  expect((await place.fairway('up')).exitCode).toBe(0);
  await expect(query(loginOf(place), 'SELECT count(*) FROM pages')).rejects.toThrow(
    /invalid page in block 3/,
  );

  const refused = await place.fairway('backup', '--store', 'database');
  expect(refused.exitCode, refused.output).toBe(1);
  expect(refused.output).toContain('fairway recover database-corrupted');

  const done = await place.fairway('recover', 'database-corrupted', '--yes');
  expect(done.exitCode, done.output).toBe(0);
  expect(done.output).toContain('invalid page in block 3');
  expect(
    await query(loginOf(place), 'SELECT count(*)::int AS n, sum(length(text))::int AS length FROM pages'),
  ).toEqual([{ n: 1_000, length: 144_650 }]);
  expect(await idsIn(place)).toEqual([1, 2, 3, 4]);
  await query(loginOf(place), 'DROP TABLE pages');
});

test('a lost machine is brought back into an empty folder with the key alone, though the newest copies are damaged', {
  timeout: 240_000,
}, async () => {
  const copied = await place.fairway('backup');
  expect(copied.exitCode, copied.output).toBe(0);
  const key = join(elsewhere, 'key');
  copyFileSync(join(place.folder, '.fairway', 'dev', 'recovery.key'), key);
  damageNewest('database');
  damageNewest('fairway');
  const erased = await place.fairway('down', '--erase', '--yes');
  expect(erased.exitCode, erased.output).toBe(0);

  const from = ['--from', join(elsewhere, 'copies'), '--key'];
  const wrong = join(elsewhere, 'wrong');
  writeFileSync(wrong, await generateIdentity(), { mode: 0o600 });
  await using found = placeOf('test/chaos/ledger');
  for (const name of readdirSync(found.folder)) rmSync(join(found.folder, name), { recursive: true });
  const refused = await found.fairway('recover', 'machine-lost', ...from, wrong);
  expect(refused.exitCode, refused.output).toBe(2);
  expect(refused.output).toContain(`The key in ${wrong} does not open`);
  expect(readdirSync(found.folder)).toEqual([]);

  const brought = await found.fairway('recover', 'machine-lost', ...from, key);
  expect(brought.exitCode, brought.output).toBe(0);
  expect(await idsIn(found)).toEqual([1, 2, 3, 4]);
  expect((await found.status()).release?.number).toBe(1);
  for (const { output } of [refused, brought]) expect(output).not.toContain('AGE-SECRET-KEY');
});

/** Changes one byte in the middle of a page of a table. */
function damagePage(file: string, page: number): void {
  const content = readFileSync(file);
  const at = page * 8_192 + 5_000;
  content[at] = (content[at] ?? 0) ^ 0xff;
  writeFileSync(file, content);
}

/** Changes one bit in the largest part of the newest copy of something. */
function damageNewest(of: string): void {
  const copies = join(elsewhere, 'copies', 'ledger', 'dev', 'copies', of);
  const newest = join(copies, readdirSync(copies).toSorted().at(-1) ?? '');
  const parts = readdirSync(newest).filter((name) => name.endsWith('.age'));
  const bySize = parts.toSorted((a, b) => statSync(join(newest, a)).size - statSync(join(newest, b)).size);
  const path = join(newest, bySize.at(-1) ?? '');
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(path, bytes);
}

/** Until what was written before this moment can be brought back. */
async function handedOver(moment: number): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await wait(500)) {
    const database = (await recovery()).stores.find(({ store }) => store === 'database');
    if ((database?.range?.until ?? 0) > moment) return;
  }
  throw new Error('the log was not handed over');
}
