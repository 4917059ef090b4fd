import type { Queries } from 'fairway-kit/postgres';
import type { AuditEntry, KeptEntry } from '../domain/audit.ts';
import type { Repository } from './repository.ts';
import type { SteadyDatabase } from './steady.ts';

type Row = Omit<KeptEntry, 'at' | 'seq'> & { readonly at: Date; readonly seq: string };

export const auditStatements = ({ read, write }: SteadyDatabase): Pick<Repository, 'record' | 'audit'> => ({
  record: (entries) => write((tx) => addEntries(tx, entries)),

  async audit({ limit, before, action, actorId, subject }) {
    const rows = await read((queries) =>
      queries.query<Row>(
        `SELECT seq, id, at, actor_id AS "actorId", actor, action, subject, outcome, detail,
                request_id AS "requestId", address
         FROM audit
         WHERE ($2::bigint IS NULL OR seq < $2) AND ($3::text IS NULL OR action = $3)
           AND ($4::uuid IS NULL OR actor_id = $4) AND ($5::text IS NULL OR subject = $5)
         ORDER BY seq DESC LIMIT $1`,
        [limit, before, action, actorId, subject],
      ),
    );
    return rows.map((row) => ({ ...row, seq: Number(row.seq), at: row.at.getTime() }));
  },
});

/** In the transaction of what they tell of. One statement however many they are. */
export async function addEntries(tx: Queries, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `INSERT INTO audit (id, at, actor_id, actor, action, subject, outcome, detail, request_id, address)
     SELECT id, at, "actorId", actor, action, subject, outcome, detail, "requestId", address
     FROM jsonb_to_recordset($1::jsonb) AS entry (id uuid, at timestamptz, "actorId" uuid, actor text, action text,
       subject text, outcome text, detail text, "requestId" text, address text)
     ON CONFLICT (id) DO NOTHING`,
    [JSON.stringify(entries.map((entry) => ({ ...entry, at: new Date(entry.at) })))],
  );
}
