import { createHash } from 'node:crypto';
import type { Database } from 'fairway-kit/postgres';
import { ofTenant } from '../common/tenancy.ts';
import type { Caller } from '../common/tokens.ts';

export interface Charge {
  readonly id: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly state: 'begun' | 'pending' | 'succeeded' | 'failed';
  readonly stripeId: string | null;
  readonly createdAt: Date;
}

const columns = `charge_id AS id, amount_cents AS "amountCents", currency, state, stripe_id AS "stripeId",
  created_at AS "createdAt"`;

/**
 * The id of a charge follows from who asks and the key he asks with: whoever tries again after a crash, at whatever point it
 * was, finds the same charge, here and at Stripe.
 */
export function chargeId({ tenantId, userId }: Pick<Caller, 'tenantId' | 'userId'>, key: string): string {
  const hash = createHash('sha256').update([tenantId, userId, key].join('\0')).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80; // UUID version 8, RFC 9562: made by an own rule
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function createChargeBook(database: Database) {
  return {
    /** Writes down that a charge begins, before Stripe is asked; nothing when it was written down before. */
    async begin(caller: Caller, charge: Pick<Charge, 'id' | 'amountCents' | 'currency'>): Promise<void> {
      await ofTenant(database, caller.tenantId).query(
        `INSERT INTO charges (tenant_id, charge_id, amount_cents, currency, state, created_by)
         VALUES ($1, $2, $3, $4, 'begun', $5) ON CONFLICT DO NOTHING`,
        [charge.id, charge.amountCents, charge.currency, caller.userId],
      );
    },

    /** Stripe has it. What Stripe told meanwhile goes before. */
    async asked(tenantId: string, id: string, stripeId: string): Promise<Charge | null> {
      const [charge] = await ofTenant(database, tenantId).query<Charge>(
        `UPDATE charges SET stripe_id = $3, state = CASE state WHEN 'begun' THEN 'pending' ELSE state END
         WHERE tenant_id = $1 AND charge_id = $2 RETURNING ${columns}`,
        [id, stripeId],
      );
      return charge ?? null;
    },

    /** Told twice is told once: a charge that has come to its end stays there. */
    async settle(tenantId: string, id: string, state: 'succeeded' | 'failed'): Promise<boolean> {
      const rows = await ofTenant(database, tenantId).query(
        `UPDATE charges SET state = $3 WHERE tenant_id = $1 AND charge_id = $2 AND state IN ('begun', 'pending')
         RETURNING charge_id`,
        [id, state],
      );
      return rows.length > 0;
    },

    list: (tenantId: string) =>
      ofTenant(database, tenantId).query<Charge>(
        `SELECT ${columns} FROM charges WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 50`,
      ),
  };
}
