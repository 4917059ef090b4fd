import type { Queries } from 'fairway-kit/postgres';
import { type AuditAction, type AuditEntry, nextEntry } from './audit.ts';

export interface AuditEvent {
  readonly action: AuditAction;
  /** Nothing personal: it is kept for good. */
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * The pseudonym of a user, made when he first trades. Its row is locked until the transaction ends, so that what a user does
 * is written in one order.
 */
export async function lockSubject(tx: Queries, userId: string): Promise<string> {
  await tx.query('INSERT INTO audit_subjects (user_id) VALUES ($1) ON CONFLICT DO NOTHING', [userId]);
  const [row] = await tx.query<{ pseudonym: string }>(
    'SELECT pseudonym FROM audit_subjects WHERE user_id = $1 FOR UPDATE',
    [userId],
  );
  if (row === undefined) throw new Error('the subject of the audit is gone');
  return row.pseudonym;
}

/** Writes what happened behind what is there. The subject has to be locked. */
export async function append(
  tx: Queries,
  subject: string,
  now: number,
  events: readonly AuditEvent[],
): Promise<void> {
  const [found] = await tx.query<{ sequence: number; hash: string }>(
    'SELECT sequence, hash FROM trading_audit WHERE user_id = $1 ORDER BY sequence DESC LIMIT 1',
    [subject],
  );
  let last = found ?? null;
  for (const event of events) {
    const entry = nextEntry(subject, last, { ...event, at: new Date(now).toISOString() });
    await tx.query(
      `INSERT INTO trading_audit (user_id, sequence, at, action, details, previous_hash, hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [subject, entry.sequence, entry.at, entry.action, entry.details, entry.previousHash, entry.hash],
    );
    last = entry;
  }
}

/** All entries of a user, the first one first. */
export async function entriesOf(db: Queries, userId: string): Promise<AuditEntry[]> {
  const rows = await db.query<Row>(
    `${select} WHERE user_id = (SELECT pseudonym FROM audit_subjects WHERE user_id = $1) ORDER BY sequence`,
    [userId],
  );
  return rows.map(entryOf);
}

/** All subjects, also those whose user is gone. */
export async function subjects(db: Queries): Promise<string[]> {
  const rows = await db.query<{ subject: string }>(
    'SELECT DISTINCT user_id AS subject FROM trading_audit ORDER BY user_id',
  );
  return rows.map(({ subject }) => subject);
}

export async function entriesOfSubject(db: Queries, subject: string): Promise<AuditEntry[]> {
  return (await db.query<Row>(`${select} WHERE user_id = $1 ORDER BY sequence`, [subject])).map(entryOf);
}

type Row = Omit<AuditEntry, 'at'> & { readonly at: Date };
const select = `SELECT user_id AS subject, sequence, at, action, details, previous_hash AS "previousHash", hash
  FROM trading_audit`;
const entryOf = (row: Row): AuditEntry => ({ ...row, at: row.at.toISOString() });
