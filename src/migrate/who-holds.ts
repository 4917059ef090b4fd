import type { Facts } from '#kernel';
import type { Query } from './session.ts';

/**
 * The oldest transaction of somebody else that holds locks of tables here: whom a file that got no lock most likely waited
 * for. Empty when there is none any more. Of sessions of other users the server may hide all but the process.
 */
export async function whoHolds(query: Query): Promise<Facts> {
  const oldest = `SELECT pid, application_name AS application,
      to_char(xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
    FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database() AND pid IN (
      SELECT pid FROM pg_locks WHERE locktype = 'relation' AND granted AND relation >= 16384)
    ORDER BY xact_start NULLS LAST LIMIT 1`;
  const [holder] = await query<{ pid: number; application: string | null; since: string | null }>(
    oldest,
  ).catch(() => []);
  return holder ?? {};
}
