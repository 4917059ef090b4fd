import { createHash } from 'node:crypto';

/** One line of the trading audit. Its subject is a pseudonym; who that is, another table says as long as he is a user. */
export interface AuditEntry {
  readonly subject: string;
  /** From 1, without gaps. */
  readonly sequence: number;
  /** ISO 8601, in UTC with milliseconds. */
  readonly at: string;
  readonly action: AuditAction;
  /** JSON, hashed as it stands. */
  readonly details: string;
  /** Empty for the first entry. */
  readonly previousHash: string;
  readonly hash: string;
}

export type AuditAction =
  | 'order.placed'
  | 'order.filled'
  | 'order.rejected'
  | 'broker.connected'
  | 'broker.removed'
  | 'broker.tampered'
  | 'account.deleted';

export type Verdict =
  | { readonly intact: true; readonly entries: number }
  | { readonly intact: false; readonly sequence: number; readonly problem: 'gap' | 'link' | 'content' };

/** The entry that follows the last one of its subject; `last` is null for the first. */
export function nextEntry(
  subject: string,
  last: Pick<AuditEntry, 'sequence' | 'hash'> | null,
  what: {
    readonly at: string;
    readonly action: AuditAction;
    readonly details: Readonly<Record<string, unknown>>;
  },
): AuditEntry {
  const open = {
    subject,
    sequence: (last?.sequence ?? 0) + 1,
    at: what.at,
    action: what.action,
    details: JSON.stringify(what.details),
    previousHash: last?.hash ?? '',
  };
  return { ...open, hash: hashOf(open) };
}

/** Goes along the entries of one subject, in order, and tells the first that does not hold. */
export function verifyChain(entries: readonly AuditEntry[]): Verdict {
  let previousHash = '';
  for (const [index, entry] of entries.entries()) {
    const { sequence } = entry;
    if (sequence !== index + 1) return { intact: false, sequence: index + 1, problem: 'gap' };
    if (entry.previousHash !== previousHash) return { intact: false, sequence, problem: 'link' };
    if (entry.hash !== hashOf(entry)) return { intact: false, sequence, problem: 'content' };
    previousHash = entry.hash;
  }
  return { intact: true, entries: entries.length };
}

/** JSON of a list keeps the members apart, whatever characters they have. */
function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  const { subject, sequence, at, action, details, previousHash } = entry;
  return createHash('sha256')
    .update(JSON.stringify([previousHash, subject, sequence, at, action, details]))
    .digest('hex');
}
