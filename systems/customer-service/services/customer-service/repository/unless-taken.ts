import type { Queries } from 'fairway-kit/postgres';

/** SQLSTATE of a value that may be there once only. */
const uniqueViolation = '23505';

/** Does a statement; false when what it adds is there already. The transaction goes on all the same. */
export async function unlessTaken(tx: Queries, work: () => Promise<unknown>): Promise<boolean> {
  await tx.query('SAVEPOINT before');
  try {
    await work();
    await tx.query('RELEASE SAVEPOINT before');
    return true;
  } catch (reason) {
    if (!(reason instanceof Error && 'code' in reason && reason.code === uniqueViolation)) throw reason;
    await tx.query('ROLLBACK TO SAVEPOINT before');
    return false;
  }
}
