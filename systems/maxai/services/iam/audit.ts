import type { Database } from 'fairway-kit/postgres';
import { ofTenant } from '../common/tenancy.ts';

/** Who did what to whose data; the log has it too, whatever its level. */
export async function audited(
  database: Database,
  entry: { tenantId: string; userId: string; action: string; subject: string; correlationId: string },
): Promise<void> {
  const { tenantId, userId, action, subject, correlationId } = entry;
  await ofTenant(database, tenantId).query(
    'INSERT INTO audit (tenant_id, user_id, action, subject, correlation_id) VALUES ($1, $2, $3, $4, $5)',
    [userId, action, subject, correlationId],
  );
}
