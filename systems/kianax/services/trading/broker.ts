import type { Client } from 'fairway-kit';
import type { Database } from 'fairway-kit/postgres';
import { z } from 'zod';
import { append, lockSubject } from './audit-store.ts';
import type { OrderRequest } from './orders.ts';
import { type Credentials, open } from './sealed.ts';

export type Fill =
  | { readonly filled: true; readonly priceCents: number; readonly reference: string }
  | { readonly filled: false };

export interface Broker {
  /** Rejects when the broker is away; asking again is safe, it knows orders by their id. */
  fill(
    userId: string,
    order: OrderRequest & { readonly id: string },
    quoteCents: number | null,
  ): Promise<Fill>;
}

/** What is kept does not open: somebody changed it, or it was moved to another row. */
export class TamperedError extends Error {
  override readonly name = 'TamperedError';
  readonly code = 'broker_tampered';
}

const answer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('filled'), priceCents: z.int().positive(), reference: z.string() }),
  z.object({ status: z.literal('refused') }),
]);

/** Users without keys of their own trade on paper. */
const paper: Credentials = { key: 'paper', secret: 'paper' };

export function createBroker(world: {
  readonly database: Database;
  readonly client: Client;
  readonly secret: string;
  readonly now: () => number;
}): Broker {
  const { database, client, secret, now } = world;

  async function credentialsOf(userId: string): Promise<Credentials> {
    const [row] = await database.query<{ broker: string; sealed: string }>(
      'SELECT broker, sealed FROM broker_credentials WHERE user_id = $1 ORDER BY updated_at DESC LIMIT 1',
      [userId],
    );
    if (row === undefined) return paper;
    const { broker, sealed } = row;
    const opened = open(sealed, { userId, broker }, secret);
    if (opened !== null) return opened;
    await database.transaction(async (tx) =>
      append(tx, await lockSubject(tx, userId), now(), [{ action: 'broker.tampered', details: { broker } }]),
    );
    throw new TamperedError('the keys of the broker do not open');
  }

  return {
    async fill(userId, order, quoteCents) {
      const { key, secret: password } = await credentialsOf(userId);
      const { id, symbol, side, quantity, limitCents } = order;
      const { status, body } = await client.call('POST', '/orders', {
        headers: { 'x-broker-key': key, 'x-broker-secret': password },
        body: { clientOrderId: id, symbol, side, quantity, limitCents, quoteCents },
        idempotent: true,
      });
      if (status >= 500) throw new Error(`the broker answered ${status}`);
      const fill = answer.safeParse(body);
      if (status !== 200 || !fill.success || fill.data.status === 'refused') return { filled: false };
      return { filled: true, priceCents: fill.data.priceCents, reference: fill.data.reference };
    },
  };
}
