import { body } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { z } from 'zod';

const order = z.object({
  clientOrderId: z.string(),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  quantity: z.int().positive(),
  limitCents: z.int().nullable(),
  quoteCents: z.int().nullable(),
});

const most = 1_000_000_00; // a million dollars: nobody has more here
const remembered = 10_000;

/** A broker that fills at the price it is told, everything below a million dollars, and each order once. */
export function broker(): Hono {
  const answers = new Map<string, object>();
  const app = new Hono();
  app.post('/orders', async (c) => {
    if ((c.req.header('x-broker-key') ?? '') === '') return c.json({ error: 'no key' }, 401);
    const read = await body(c, order);
    if (!read.ok) return read.response;
    const { clientOrderId, quantity, quoteCents } = read.value;
    const known = answers.get(clientOrderId);
    if (known !== undefined) return c.json(known);
    const isTooMuch = quoteCents === null || quoteCents * quantity > most;
    const answer = isTooMuch
      ? { status: 'refused' }
      : { status: 'filled', priceCents: quoteCents, reference: `paper-${clientOrderId.slice(0, 8)}` };
    if (answers.size >= remembered) answers.clear();
    answers.set(clientOrderId, answer);
    return c.json(answer);
  });
  return app;
}
