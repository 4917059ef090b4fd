import type { Json } from '#kernel';
import { memberOf } from './place.ts';

/**
 * Whether a copy of Postgres lies before the end of a transaction, so that its log leads there: by the server's own snapshot
 * (`xmin:xmax:running`, as `pg_current_snapshot` gives it) of when the copy had ended. True where the copy does not say.
 */
export function liesBefore({ detail }: { readonly detail: Json }, transaction: string): boolean {
  const snapshot = memberOf(detail, 'snapshot');
  const [, next, running] = typeof snapshot === 'string' ? (/^\d+:(\d+):([\d,]*)$/.exec(snapshot) ?? []) : [];
  if (next === undefined) return true;
  if (distance(transaction, next) >= 0n) return true;
  return (running ?? '').split(',').some((each) => each !== '' && distance(transaction, each) === 0n);
}

/** Rows name transactions by 32 bits, which begin anew; snapshots count on. What is nearer counts. */
const distance = (one: string, other: string) => BigInt.asIntN(32, BigInt(one) - BigInt(other));
