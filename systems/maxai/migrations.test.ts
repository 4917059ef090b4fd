import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endAll, migrate } from './testing/processes.ts';
import { startStores } from './testing/stores.ts';

let stores: Awaited<ReturnType<typeof startStores>>;
let database: pg.Pool;

beforeAll(async () => {
  stores = await startStores();
  await migrate(stores.env);
  database = new pg.Pool({ connectionString: stores.env['DATABASE_URL'] ?? '', max: 1 });
  database.on('error', () => undefined); // at the end the server goes first
});
afterAll(async () => {
  await database?.end();
  await endAll();
  await stores?.close();
});

describe('the schema', () => {
  test('every table names its tenant, and its key begins with it', async () => {
    const { rows } = await database.query<{ table: string; column: string | null; nullable: boolean }>(`
      SELECT t.relname AS "table", a.attname AS "column", NOT a.attnotnull AS nullable
      FROM pg_class t
      JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
      WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'
      ORDER BY 1`);
    // Fairway's own, and the kit's, whose keys are hashes that a tenant is part of.
    const own = rows.filter(({ table }) => !['fairway_migrations', 'idempotency_keys'].includes(table));
    expect(own.length).toBeGreaterThanOrEqual(12);
    expect(own.filter(({ column, nullable }) => column !== 'tenant_id' || nullable)).toEqual([]);
  });

  test('applied again, nothing changes', () => migrate(stores.env));
});
