import { type Clock, systemClock } from '../clock.ts';
import type { Claim, IdempotencyStore, KeptAnswer } from '../idempotency.ts';

/** What the store needs of a pool of `pg`. */
export interface PostgresQueries {
  query(text: string, values: unknown[]): Promise<{ readonly rows: unknown[] }>;
}

const defaultTable = 'idempotency_keys';

/** The statement that makes the table, for a migration. */
export const idempotencyTable = (table = defaultTable): string =>
  `CREATE TABLE IF NOT EXISTS ${checked(table)} (
  key text PRIMARY KEY,
  print text NOT NULL,
  holder text NOT NULL,
  answer json,
  until timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS ${table.replace('.', '_')}_until ON ${table} (until);`;

/**
 * For all processes that use this database, and durable; its table is made by a migration with `idempotencyTable()`. What
 * expired is deleted now and then. The server's time counts; the clock only tells when to delete again.
 */
export function postgresStore(
  pool: PostgresQueries,
  options: { readonly table?: string; readonly clock?: Clock; readonly sweepEvery?: number } = {},
): IdempotencyStore {
  const { table = defaultTable, clock = systemClock, sweepEvery = 600_000 } = options;
  const statements = statementsFor(checked(table));
  let sweptAt = clock.now();

  const sweep = () => {
    if (clock.now() - sweptAt < sweepEvery) return;
    sweptAt = clock.now();
    pool.query(statements.sweep, []).catch(() => undefined); // the next one deletes it
  };

  return {
    async claim(key, { holder, print, lease }) {
      sweep();
      // Between the two statements the holder may have given the key back; then it is free.
      for (;;) {
        const taken = await pool.query(statements.claim, [key, print, holder, lease]);
        if (taken.rows.length > 0) return { state: 'claimed' };
        const found = await pool.query(statements.look, [key]);
        const [row] = found.rows as { print: string; answer: KeptAnswer | null }[];
        if (row !== undefined) return claimOf(row);
      }
    },

    async finish(key, holder, { answer, keep }) {
      const changed = await pool.query(statements.finish, [key, holder, JSON.stringify(answer), keep]);
      return changed.rows.length > 0;
    },

    async release(key, holder) {
      await pool.query(statements.release, [key, holder]);
    },
  };
}

const claimOf = ({ print, answer }: { print: string; answer: KeptAnswer | null }): Claim =>
  answer === null ? { state: 'running', print } : { state: 'done', print, answer };

const statementsFor = (table: string) => ({
  claim: `INSERT INTO ${table} AS kept (key, print, holder, until)
    VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')
    ON CONFLICT (key) DO UPDATE
      SET print = excluded.print, holder = excluded.holder, answer = NULL, until = excluded.until
      WHERE kept.until <= now()
    RETURNING key`,
  look: `SELECT print, answer FROM ${table} WHERE key = $1 AND until > now()`,
  finish: `UPDATE ${table} SET answer = $3, until = now() + $4 * interval '1 millisecond'
    WHERE key = $1 AND holder = $2 AND answer IS NULL AND until > now() RETURNING key`,
  release: `DELETE FROM ${table} WHERE key = $1 AND holder = $2 AND answer IS NULL`,
  sweep: `DELETE FROM ${table} WHERE until <= now()`,
});

/** A table's name cannot be handed over as a value. */
function checked(table: string): string {
  if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(table)) throw new Error(`not a table's name: ${table}`);
  return table;
}
