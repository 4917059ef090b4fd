import pg from 'pg';
import { fail, ok, type Result } from '#kernel';
import type { Examined, ExamineAsk } from '#ports';
import { type Access, readState } from '../../supervisor/index.ts';
import { type Login, withConnection } from '../client.ts';
import type { PostgresSpec } from '../kind.ts';
import { applicationLogin, superuserLogin } from '../logins.ts';
import { checks, foreignKeys, indexes, invalidIndexes, relations } from './examine-sql.ts';

/** For one table, one index or one query. */
const STEP_MILLIS = 30 * 60_000;
/** Whole tables are read, not their indexes; nothing is changed by mistake. */
const CAREFUL = [
  '-c default_transaction_read_only=on',
  `-c statement_timeout=${STEP_MILLIS}`,
  '-c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off',
  '-c search_path=pg_catalog',
].join(' ');
/** Declared by people, who may write anything: it must not hold up a drill. */
const QUERY_MILLIS = 60_000;

/**
 * Looks through all databases of the Postgres that runs at a folder: each table can be read to its end (which holds its
 * pages against their checksums), rows and B-tree indexes are sound and fit each other, foreign keys and CHECK
 * constraints hold; and what is declared of the store's own database. Changes nothing: the server's module that checks
 * is installed in a transaction that is rolled back. What belongs to the application runs with its rights only.
 * Failure: `postgres_not_answering`.
 */
export async function examineCluster(
  spec: PostgresSpec,
  ask: ExamineAsk,
): Promise<Result<readonly Examined[]>> {
  const state = await readState(ask.folder);
  if (!state.ok) return state;
  const { access } = state.value;
  if (access === null)
    return fail('postgres_not_answering', { state: 'none', reason: 'it was never started' });
  const found: Examined[] = [];
  const databases = await databasesOf(access, ask.signal);
  if (!databases.ok) return databases;
  found.push(...databases.value.settings);
  for (const database of databases.value.names) {
    const examined = await examineDatabase(access, database, ask.signal);
    if (!examined.ok) return examined;
    found.push(...examined.value);
  }
  const declared = await examineDeclared(spec, access, ask);
  if (!declared.ok) return declared;
  return ok([...found, ...declared.value]);
}

function databasesOf(access: Access, signal: AbortSignal) {
  return withConnection(
    superuserLogin(access),
    10_000,
    async (client) => {
      const { rows } = await client.query<{ name: string; checksums: string }>(
        `SELECT datname AS name, current_setting('data_checksums') AS checksums
           FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1`,
      );
      const isOn = rows[0]?.checksums === 'on';
      const detail = isOn ? 'on: each page that is read is held against its own' : 'off';
      return {
        names: rows.map(({ name }) => name),
        settings: [{ name: 'data checksums', ok: true, detail }],
      };
    },
    signal,
  );
}

async function examineDatabase(
  access: Access,
  database: string,
  signal: AbortSignal,
): Promise<Result<readonly Examined[]>> {
  const careful: Login = { ...superuserLogin(access), database, options: CAREFUL };
  return withConnection(
    careful,
    STEP_MILLIS,
    async (client) => {
      const tables = await rowsOf(client, relations);
      const read = await readTables(client, tables);
      return [
        named(database, 'tables', read.broken, `${tables.length} tables, ${inWords(read.rows)} read`),
        ...(await examineStructure(client, database)),
        named(
          database,
          'foreign keys',
          ...(await countBroken(client, foreignKeys, 'rows without their counterpart')),
        ),
        named(database, 'constraints', ...(await checkConstraints(access, database, client))),
      ];
    },
    signal,
  );
}

const named = (database: string, what: string, broken: readonly string[], fine: string): Examined => ({
  name: `${database}: ${what}`,
  ok: broken.length === 0,
  detail: broken.length === 0 ? fine : shortened(broken),
});

const MOST_NAMED = 5;
function shortened(broken: readonly string[]): string {
  const rest = broken.length - MOST_NAMED;
  return `${broken.slice(0, MOST_NAMED).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

const inWords = (count: number) => `${count.toLocaleString('en')} rows`;

interface Named {
  readonly oid: string;
  readonly name: string;
  readonly query: string;
}

async function rowsOf(client: pg.Client, query: string): Promise<readonly Named[]> {
  return (await client.query<{ oid: string; name: string; query: string }>(query)).rows;
}

async function readTables(client: pg.Client, tables: readonly Named[]) {
  const broken: string[] = [];
  let rows = 0;
  for (const { name } of tables) {
    const counted = await attempt(client, `SELECT count(*)::text AS found FROM ONLY ${name}`);
    if (counted.ok) rows += Number(counted.value);
    else broken.push(`${name}: ${counted.error}`);
  }
  return { rows, broken };
}

/** By the module amcheck: it is there for the length of this transaction. */
async function examineStructure(client: pg.Client, database: string): Promise<readonly Examined[]> {
  const [tables, trees] = [await rowsOf(client, relations), await rowsOf(client, indexes)];
  const unfinished = await rowsOf(client, invalidIndexes);
  await client.query('BEGIN READ WRITE');
  try {
    await client.query('CREATE SCHEMA fairway_examine');
    await client.query('CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA fairway_examine');
    const { rows } = await client.query<{ name: string }>(
      `SELECT quote_ident(n.nspname) AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'amcheck'`,
    );
    const schema = rows[0]?.name ?? 'fairway_examine';
    const heaps: string[] = [];
    for (const { oid, name } of tables) {
      const found = await attempt(
        client,
        `SELECT coalesce((SELECT format('block %s: %s', blkno, msg) FROM ${schema}.verify_heapam(${oid}, check_toast => true) LIMIT 1), '') AS found`,
      );
      if (!found.ok) heaps.push(`${name}: ${found.error}`);
      else if (found.value !== '') heaps.push(`${name}: ${found.value}`);
    }
    const misfits: string[] = unfinished.map(({ name }) => `${name} was never finished`);
    for (const { oid, name } of trees) {
      const found = await attempt(
        client,
        `SELECT ${schema}.bt_index_check(${oid}, heapallindexed => true, checkunique => true)::text AS found`,
      );
      if (!found.ok) misfits.push(`${name}: ${found.error}`);
    }
    return [
      named(database, 'rows', heaps, `sound in ${tables.length} tables`),
      named(database, 'indexes', misfits, `${trees.length} indexes fit their tables`),
    ];
  } finally {
    await client.query('ROLLBACK');
  }
}

async function countBroken(
  client: pg.Client,
  constraints: string,
  words: string,
): Promise<readonly [readonly string[], string]> {
  const [all, broken]: [readonly Named[], string[]] = [await rowsOf(client, constraints), []];
  for (const { name, query } of all) {
    const found = await attempt(client, query, 'broken');
    if (!found.ok) broken.push(`${name}: ${found.error}`);
    else if (found.value !== '0') broken.push(`${name}: ${found.value} ${words}`);
  }
  return [broken, `${all.length} hold`];
}

/**
 * An expression may call functions of the application, which must not run as the superuser: only a login of its own
 * cannot be left again from within. Tables it may not read (nobody's but the administrator's) count as unlooked.
 */
async function checkConstraints(
  access: Access,
  database: string,
  client: pg.Client,
): Promise<readonly [readonly string[], string]> {
  const all = await rowsOf(client, checks);
  const login = { ...applicationLogin(access, database), options: CAREFUL };
  const broken: string[] = [];
  let unlooked = 0;
  const looked = await withConnection(login, STEP_MILLIS, async (own) => {
    for (const { name, query } of all) {
      const found = await attempt(own, query, 'broken');
      if (found.ok && found.value !== '0') broken.push(`${name}: ${found.value} rows break it`);
      else if (!found.ok && found.code === INSUFFICIENT_PRIVILEGE) unlooked += 1;
      else if (!found.ok) broken.push(`${name}: ${found.error}`);
    }
  });
  if (!looked.ok) unlooked = all.length;
  const rest = unlooked === 0 ? '' : `, ${unlooked} not looked at (the application cannot read them)`;
  return [broken, `${all.length - unlooked} hold${rest}`];
}

const INSUFFICIENT_PRIVILEGE = '42501';

type Attempt =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly error: string; readonly code: string };

/** The value of a query in a savepoint of its own, so that one that fails does not end what goes on. */
async function attempt(client: pg.Client, query: string, column = 'found'): Promise<Attempt> {
  await client.query('SAVEPOINT step').catch(() => null); // outside of a transaction there is none, and none is needed
  try {
    const { rows } = await client.query<Record<string, string>>(query);
    return { ok: true, value: rows[0]?.[column] ?? '' };
  } catch (reason) {
    if (!(reason instanceof pg.DatabaseError)) throw reason; // the connection is gone
    await client.query('ROLLBACK TO SAVEPOINT step').catch(() => null);
    return { ok: false, error: reason.message, code: reason.code ?? '' };
  }
}

/** What people have declared of the store's own database. */
async function examineDeclared(
  spec: PostgresSpec,
  access: Access,
  { rows, queries, signal }: ExamineAsk,
): Promise<Result<readonly Examined[]>> {
  if (Object.keys(rows).length + queries.length === 0) return ok([]);
  const options = `-c default_transaction_read_only=on -c statement_timeout=${QUERY_MILLIS}`;
  const login = { ...applicationLogin(access, spec.database), options };
  return withConnection(
    login,
    QUERY_MILLIS + 5_000,
    async (client) => {
      const found: Examined[] = [];
      for (const [table, fewest] of Object.entries(rows)) found.push(await countRows(client, table, fewest));
      for (const query of queries) found.push(await askQuery(client, query));
      return found;
    },
    signal,
  );
}

async function countRows(client: pg.Client, table: string, fewest: number): Promise<Examined> {
  const name = table.split('.').map(pg.escapeIdentifier).join('.');
  const counted = await attempt(client, `SELECT count(*)::text AS found FROM ${name}`);
  if (!counted.ok) return { name: `rows of ${table}`, ok: false, detail: counted.error };
  const count = Number(counted.value);
  const bound = count >= fewest ? '' : `; at least ${fewest.toLocaleString('en')} are declared`;
  return { name: `rows of ${table}`, ok: count >= fewest, detail: `${inWords(count)}${bound}` };
}

/** One statement, since it is sent as one that could have parameters; its value as Postgres writes it as text. */
async function askQuery(
  client: pg.Client,
  { name, sql, expect }: ExamineAsk['queries'][number],
): Promise<Examined> {
  try {
    const types = { getTypeParser: () => (text: string) => text };
    const query = { text: sql, rowMode: 'array' as const, types, queryMode: 'extended' };
    const { rows } = await client.query<(string | null)[]>(query);
    const value = rows[0]?.[0];
    if (rows.length !== 1 || rows[0]?.length !== 1)
      return { name, ok: false, detail: `it gives ${rows.length} rows instead of one value` };
    const text = value ?? 'null';
    return { name, ok: text === expect, detail: text === expect ? text : `${text} instead of ${expect}` };
  } catch (reason) {
    if (!(reason instanceof pg.DatabaseError)) throw reason;
    return { name, ok: false, detail: reason.message };
  }
}
