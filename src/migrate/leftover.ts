import pg from 'pg';
import type { Statement } from './parse.ts';
import type { Query } from './session.ts';
import type { World } from './world.ts';

/**
 * Drops the invalid index that a killed CREATE INDEX CONCURRENTLY has left behind under the same name on the same table:
 * it costs every write, serves no read, and IF NOT EXISTS would take it for the real one. Rejects as pg does.
 */
export async function makeWay({ node }: Statement, query: Query, say: World['say']): Promise<void> {
  if (!('IndexStmt' in node) || node.IndexStmt.concurrent !== true) return;
  const { idxname, relation } = node.IndexStmt;
  if (idxname === undefined || relation?.relname === undefined) return;
  const table = [relation.schemaname, relation.relname]
    .filter((part) => part !== undefined && part !== '')
    .map((part) => pg.escapeIdentifier(part ?? ''))
    .join('.');
  const found = await query<{ index: string }>(
    `SELECT index.oid::regclass::text AS index
     FROM pg_index JOIN pg_class AS index ON index.oid = pg_index.indexrelid
     WHERE index.relname = $1 AND pg_index.indrelid = to_regclass($2) AND index.relkind = 'i' AND NOT pg_index.indisvalid`,
    [idxname, table],
  );
  for (const { index } of found) {
    say({
      message: `The index ${index} is invalid, left over from an attempt that was cut off; it is dropped and built again.`,
    });
    await query(`DROP INDEX CONCURRENTLY ${index}`);
  }
}
