import { after, type Clock, fail, type Millis, millis, ok, type Result } from '#kernel';
import type { Query } from './session.ts';

/** Any numbers, as long as every runner and every service that migrates at its start use the same. */
const keys = [1_179_665_271, 1] as const;
const pause = millis(200);

/**
 * Lets one runner at a time into a database. The lock belongs to the session, not to a transaction.
 * Failures: `migration_lock_held` when another still has it after `patience`, with who that is.
 */
export async function takeLock(
  query: Query,
  { clock, patience, stopping }: { clock: Clock; patience: Millis; stopping: AbortSignal },
): Promise<Result<null>> {
  const until = after(clock.now(), patience);
  // Asked again and again: a session that waits inside pg_advisory_lock has a snapshot, and CREATE INDEX CONCURRENTLY of
  // the holder would wait for it for ever.
  for (;;) {
    const [answer] = await query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS taken', [
      ...keys,
    ]);
    if (answer?.taken === true) return ok(null);
    if (clock.now() >= until || stopping.aborted) break;
    await clock.sleep(pause, stopping);
  }
  const [holder] = await query<{ pid: number; application: string | null; since: string | null }>(
    `SELECT pid, application_name AS application, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
     FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND objsubid = 2 AND granted
       AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [...keys],
  );
  return fail('migration_lock_held', {
    waited: patience,
    pid: holder?.pid ?? null,
    application: holder?.application ?? null,
    since: holder?.since ?? null,
  });
}
