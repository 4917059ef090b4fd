import type { Database } from 'fairway-kit/postgres';
import { ofTenant } from '../common/tenancy.ts';

/** All tenants with something to sum; the only question of this service that is not asked by tenant. */
export async function tenantsToSum(database: Database): Promise<readonly string[]> {
  const rows = await database.query<{ tenant_id: string }>(
    'SELECT DISTINCT tenant_id FROM usage_events WHERE NOT summed LIMIT 1000',
  );
  return rows.map(({ tenant_id }) => tenant_id);
}

/**
 * Adds what a tenant has used to the sums of its days. Marking the rows and adding them up is one statement: each counts
 * once, however often and by how many this is done. Gives how many rows were added.
 */
export async function sumUsage(database: Database, tenantId: string): Promise<number> {
  const [done] = await ofTenant(database, tenantId).query<{ rows: number }>(
    `WITH taken AS (
       UPDATE usage_events SET summed = true
       WHERE tenant_id = $1 AND usage_event_id IN (
         SELECT usage_event_id FROM usage_events
         WHERE tenant_id = $1 AND NOT summed LIMIT 5000 FOR UPDATE SKIP LOCKED)
       AND NOT summed
       RETURNING (at AT TIME ZONE 'UTC')::date AS day, meter, amount),
     added AS (
       INSERT INTO usage_days AS sums (tenant_id, day, meter, amount)
       SELECT $1, day, meter, sum(amount) FROM taken GROUP BY day, meter ORDER BY day, meter
       ON CONFLICT (tenant_id, day, meter) DO UPDATE SET amount = sums.amount + excluded.amount)
     SELECT count(*)::int AS rows FROM taken`,
  );
  return done?.rows ?? 0;
}
