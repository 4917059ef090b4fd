import type pg from 'pg';
import { type Failure, fail } from '#kernel';
import { commitFunction, lockClass, putLeaseFunction } from './postgres-functions.ts';

/**
 * Each step is run once, in order, and never changed after it was released; `fairway.format` counts the steps done.
 * Names are compared by code point (COLLATE "C"), whatever the database's own order is. JSON is kept as text: `jsonb`
 * would lose its canonical form, on which the hashes rest, and refuses NUL.
 */
const migrations: readonly string[] = [
  `CREATE TABLE fairway.stream (
     name text COLLATE "C" PRIMARY KEY,
     sequence bigint NOT NULL,
     hash text NOT NULL
   ) WITH (fillfactor = 50);
   CREATE TABLE fairway.entry (
     stream text COLLATE "C" NOT NULL,
     sequence bigint NOT NULL CHECK (sequence > 0),
     at float8 NOT NULL,
     type text COLLATE "C" NOT NULL,
     data text NOT NULL,
     hash text NOT NULL,
     PRIMARY KEY (stream, sequence)
   );
   CREATE TABLE fairway.document (
     kind text COLLATE "C" NOT NULL,
     key text COLLATE "C" NOT NULL,
     version bigint NOT NULL CHECK (version > 0),
     format bigint NOT NULL,
     value text NOT NULL,
     PRIMARY KEY (kind, key)
   );
   CREATE TABLE fairway.lease (
     name text COLLATE "C" PRIMARY KEY,
     owner text COLLATE "C",
     epoch bigint NOT NULL,
     expires float8 NOT NULL
   );
   ${commitFunction}
   ${putLeaseFunction}`,
];

/** The newest format this program writes. */
const storeFormat = migrations.length;

/**
 * Brings the schema `fairway` of a database to the present format; controllers that open at once take turns. Failures:
 * `store_unreadable` (facts: file, reason) for a schema of another program, `store_format_newer` (facts: file, found,
 * known), `store_encoding` (facts: store, found) for a database that cannot keep every text.
 */
export async function prepareSchema(client: pg.ClientBase, address: string): Promise<Failure | null> {
  const encoding = (await client.query<{ server_encoding: string }>('SHOW server_encoding')).rows[0];
  if (encoding?.server_encoding !== 'UTF8') {
    return fail('store_encoding', { store: address, found: encoding?.server_encoding ?? null }).error;
  }
  if ((await schemaOf(client)).format === storeFormat) return null;
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1::bigint)', [lockClass]);
    const refused = await migrate(client, address);
    await client.query(refused === null ? 'COMMIT' : 'ROLLBACK');
    return refused;
  } catch (reason) {
    // the first reason counts, not that a connection which is gone cannot roll back
    await client.query('ROLLBACK').catch(() => null);
    throw reason;
  }
}

async function migrate(client: pg.ClientBase, file: string): Promise<Failure | null> {
  const { exists, tables, format } = await schemaOf(client); // anew: another controller may have been here
  if (format === null && tables > 0) {
    return fail('store_unreadable', { file, reason: 'its schema "fairway" belongs to another program' })
      .error;
  }
  const found = format ?? 0;
  if (found > storeFormat) return fail('store_format_newer', { file, found, known: storeFormat }).error;
  if (!exists) await client.query('CREATE SCHEMA fairway');
  if (format === null) {
    await client.query(`CREATE TABLE fairway.format (one boolean PRIMARY KEY CHECK (one), format integer NOT NULL);
      INSERT INTO fairway.format VALUES (true, 0)`);
  }
  for (const step of migrations.slice(found)) await client.query(step);
  await client.query('UPDATE fairway.format SET format = $1', [storeFormat]);
  return null;
}

/** What is in the database by the name of `fairway`; `format` is null when it is not ours, or nothing. */
async function schemaOf(client: pg.ClientBase) {
  const found = await client.query<{ exists: boolean; tables: number; ours: boolean }>(
    `SELECT to_regnamespace('fairway') IS NOT NULL AS exists,
       (SELECT count(*)::float8 FROM pg_class WHERE relnamespace = to_regnamespace('fairway')) AS tables,
       EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('fairway.format')
         AND attname = 'format' AND atttypid = 'integer'::regtype) AS ours`,
  );
  const { exists = false, tables = 0, ours = false } = found.rows[0] ?? {};
  if (!ours) return { exists, tables, format: null };
  const { rows } = await client.query<{ format: number }>('SELECT format FROM fairway.format');
  return { exists, tables, format: rows[0]?.format ?? null };
}
