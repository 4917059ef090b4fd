import pg from 'pg';
import { type Millis, millis } from '#kernel';
import { checksumOf, type MigrationFile, type Phase } from './files.ts';
import type { Query } from './session.ts';

/** What the database knows of one file. */
export interface Entry {
  readonly phase: Phase;
  readonly name: string;
  readonly checksum: string;
  /** False while a backfill, or a file without a transaction, has begun and has not ended. */
  readonly finished: boolean;
  /** Where it goes on: the last key of a backfill, the number of statements done outside of a transaction. */
  readonly cursor: string | null;
  /** Rows done by a backfill. */
  readonly done: number;
  /** Rows that were to do when it began, where the file says how to count them. */
  readonly total: number | null;
  /** Time it took so far, over all attempts. */
  readonly took: Millis;
}

/** The table `fairway_migrations`. Every method belongs into the transaction of what it tells. */
export interface Ledger {
  entries(): Promise<readonly Entry[]>;
  /** Writes the entry of a file over the one before. */
  write(file: MigrationFile, entry: Progress): Promise<void>;
}

export type Progress = Pick<Entry, 'finished' | 'cursor' | 'done' | 'total' | 'took'>;

/** Makes the table where it is missing. Core of the trading journal makes the same one when it starts alone. */
export async function openLedger(query: Query): Promise<Ledger> {
  const [place] = await query<{ schema: string | null }>('SELECT current_schema() AS schema');
  // Named with its schema: a migration may change the search path.
  const table = `${pg.escapeIdentifier(place?.schema ?? 'public')}.fairway_migrations`;
  await query(
    `CREATE TABLE IF NOT EXISTS ${table} (
       phase text NOT NULL,
       name text NOT NULL,
       checksum text NOT NULL,
       started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
       applied_at timestamptz,
       took_millis bigint NOT NULL DEFAULT 0,
       cursor text,
       done bigint NOT NULL DEFAULT 0,
       total bigint,
       PRIMARY KEY (phase, name)
     )`,
  );

  return {
    async entries() {
      const rows = await query<Row>(
        `SELECT phase, name, checksum, applied_at IS NOT NULL AS finished, cursor, done::float8, total::float8,
           took_millis::float8 AS took FROM ${table}`,
      );
      return rows.map((row) => ({ ...row, took: millis(row.took) }));
    },

    async write(file, { finished, cursor, done, total, took }) {
      await query(
        `INSERT INTO ${table} AS entry (phase, name, checksum, applied_at, took_millis, cursor, done, total)
         VALUES ($1, $2, $3, CASE WHEN $4 THEN clock_timestamp() END, $5, $6, $7, $8)
         ON CONFLICT (phase, name) DO UPDATE SET checksum = excluded.checksum, applied_at = excluded.applied_at,
           took_millis = excluded.took_millis, cursor = excluded.cursor, done = excluded.done, total = excluded.total`,
        [file.phase, file.name, checksumOf(file), finished, Math.round(took), cursor, done, total],
      );
    },
  };
}

type Row = Omit<Entry, 'took'> & { readonly took: number };
