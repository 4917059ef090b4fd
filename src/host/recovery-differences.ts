import pg from 'pg';
import type { TableDifferenceView } from '#api';
import type { StoreSpec } from '#core/system';
import { fail, minutes, ok, type Result } from '#kernel';
import type { TargetRecovery } from '#ports';
import type { StoreBinding } from '#stores';

export interface DifferencesAsk {
  readonly spec: StoreSpec;
  readonly target: TargetRecovery;
  /** Folder of the restored store. */
  readonly folder: string;
  /** How services reach the running one. */
  readonly running: () => Promise<Result<StoreBinding>>;
}

/** Longer than that nobody waits for a count. */
const countLimit = minutes(1);

/** Rows of each table of both databases, by name; of other kinds of stores nothing is told. */
export async function differencesOf(ask: DifferencesAsk): Promise<Result<readonly TableDifferenceView[]>> {
  if (ask.spec.kind !== 'postgres') return ok([]);
  const side = await ask.target.startSide(ask.spec, ask.folder, AbortSignal.timeout(countLimit));
  if (!side.ok) return side;
  const running = await ask.running();
  if (!running.ok) return running;
  const [restored, now] = await Promise.all([
    countRows(side.value.env['URL'] ?? ''),
    countRows(running.value.env['URL'] ?? ''),
  ]);
  if (!restored.ok) return restored;
  if (!now.ok) return now;
  const tables = [...new Set([...now.value.keys(), ...restored.value.keys()])].toSorted();
  return ok(
    tables.map((table) => ({
      table,
      running: now.value.get(table) ?? null,
      restored: restored.value.get(table) ?? null,
    })),
  );
}

/** Partitions are counted as their table. */
const tablesText = `SELECT schemaname || '.' || tablename AS name, format('%I.%I', schemaname, tablename) AS quoted
  FROM pg_tables JOIN pg_class ON oid = format('%I.%I', schemaname, tablename)::regclass
  WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND NOT relispartition ORDER BY 1`;

async function countRows(url: string): Promise<Result<ReadonlyMap<string, number>>> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: countLimit,
    application_name: 'fairway differences',
  });
  client.on('error', () => {}); // the query that runs fails as well
  try {
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows: tables } = await client.query<{ name: string; quoted: string }>(tablesText);
    const counts = new Map<string, number>();
    for (const { name, quoted } of tables) {
      const { rows } = await client.query<{ count: string }>(`SELECT count(*)::text AS count FROM ${quoted}`);
      counts.set(name, Number(rows[0]?.count ?? 0));
    }
    return ok(counts);
  } catch (reason) {
    const state = reason instanceof Error && 'code' in reason ? String(reason.code) : 'none';
    return fail('postgres_not_answering', { state, reason: reason instanceof Error ? reason.message : '' });
  } finally {
    await client.end().catch(() => undefined); // it was cut off already
  }
}
