import type { Client } from 'fairway-kit';
import type { Database } from 'fairway-kit/postgres';
import type { WebhookJob } from '../common/queues.ts';
import { ofTenant } from '../common/tenancy.ts';

/** The tenant is not known to us: no attempt will ever help. */
export class Hopeless extends Error {}

const foreignKeyViolation = '23503';

/**
 * Does what an event asks for, once: its row and its effect on the usage are one transaction, and the row's key is the event's.
 * What concerns payments is told to them first, who do it once on their own; an attempt that fails between the two is harmless.
 * False when it had been done before.
 */
export async function processWebhook(
  { vendor, told }: WebhookJob,
  { database, payments }: { readonly database: Database; readonly payments: Client },
): Promise<boolean> {
  if (vendor === 'stripe') {
    const { status } = await payments.call('POST', '/events', { body: told, idempotent: true });
    if (status >= 500) throw new Error(`payments answered ${status}`);
    if (status >= 400) throw new Hopeless(`payments answered ${status}`);
  }
  return database
    .transaction(async (tx) => {
      const queries = ofTenant(tx, told.tenant_id);
      const added = await queries.query(
        `INSERT INTO webhook_events (tenant_id, vendor, event_id, type, payload) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING RETURNING event_id`,
        [vendor, told.id, told.type, JSON.stringify(told.data)],
      );
      if (added.length === 0) return false;
      await queries.query(
        `INSERT INTO usage_events (tenant_id, meter, amount) VALUES ($1, 'webhook_events', 1)`,
      );
      return true;
    })
    .catch((reason: unknown) => {
      const code = reason instanceof Error && 'code' in reason ? reason.code : null;
      throw code === foreignKeyViolation ? new Hopeless(`there is no tenant ${told.tenant_id}`) : reason;
    });
}
