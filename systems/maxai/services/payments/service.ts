import {
  count,
  createClient,
  createIdempotency,
  type Host,
  identify,
  postgresProtocols,
  postgresStore,
  secret,
  url,
} from 'fairway-kit';
import { body, honoHandler, idempotent, onUnforeseen, problem, signed } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { behindGateway, type Inside, insideSettings } from '../common/caller.ts';
import { toldSchema } from '../common/queues.ts';
import { vendorBase, vendorSettings } from '../common/vendors.ts';
import { chargeId, createChargeBook } from './charges.ts';

const settings = {
  ...insideSettings,
  ...vendorSettings,
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  poolSize: count('DB_POOL_SIZE', { least: 1, most: 50, fallback: 4 }),
  stripeKey: secret('STRIPE_SECRET'),
  jobsSecret: secret('PAYMENTS_HMAC_SECRET'),
} as const;

const wanted = z.object({
  amountCents: z.number().int().min(50).max(99_999_999),
  currency: z.enum(['usd', 'eur']).default('usd'),
});
const intent = z.object({ id: z.string() });
const outcomes: Readonly<Record<string, 'succeeded' | 'failed'>> = {
  'payment_intent.succeeded': 'succeeded',
  'payment_intent.payment_failed': 'failed',
};

/** Charges by Stripe. A charge is written down before Stripe is asked, and asked for with the same key each time. */
export const payments = { name: 'payments', settings, start, logFormat: 'request' } as const;

function start({ settings: given, clock, log, metrics }: Host<typeof settings>) {
  const world = { log, metrics, clock };
  const database = createDatabase(
    { url: given.databaseUrl, poolSize: given.poolSize },
    { ...world, name: 'payments' },
  );
  const book = createChargeBook(database);
  const headers = { authorization: `Bearer ${given.stripeKey}` };
  const base = vendorBase('stripe', given.standIn);
  const stripe = createClient({ name: 'stripe', base, headers, outside: true }, world);
  const idempotency = createIdempotency({ store: postgresStore(database.pool) });
  const once = idempotent(
    idempotency,
    (c: Context<Inside>) => `${c.var.caller.tenantId} ${c.var.caller.userId}`,
  );

  const app = new Hono<Inside>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));

  /** What Stripe told, handed on by the jobs. */
  app.post('/events', signed({ secrets: [given.jobsSecret], clock }), async (c) => {
    const read = await body(c, toldSchema);
    if (!read.ok) return read.response;
    const { type, tenant_id, data } = read.value;
    identify({ tenantId: tenant_id });
    const outcome = outcomes[type];
    const id = z.uuid().safeParse(data['charge_id']);
    const settled = outcome !== undefined && id.success && (await book.settle(tenant_id, id.data, outcome));
    if (settled) log.audit('charge settled', { charge: id.data, outcome });
    return c.json({ settled });
  });

  app.use(behindGateway(given.insideKey, clock));
  app.get('/api/charges', async (c) => c.json({ charges: await book.list(c.var.caller.tenantId) }));

  app.post('/api/charges', once, async (c) => {
    const read = await body(c, wanted);
    if (!read.ok) return read.response;
    const { caller } = c.var;
    const { tenantId } = caller;
    const id = chargeId(caller, c.req.header('idempotency-key') ?? '');
    await book.begin(caller, { id, ...read.value });
    const { amountCents: amount, currency } = read.value;
    const asked = { amount, currency, metadata: { tenant_id: tenantId, charge_id: id } };
    const away = () =>
      problem(c, 502, 'stripe_failed', 'Stripe did not answer. Try again with the same key.');
    const answer = await stripe
      .call('POST', '/v1/payment_intents', { body: asked, headers: { 'idempotency-key': id } })
      .catch(() => null);
    const made = intent.safeParse(answer?.body);
    if (answer === null || answer.status >= 500 || !made.success) return away();
    log.audit('charge asked for', { charge: id, amount, currency });
    return c.json(await book.asked(tenantId, id, made.data.id), 201);
  });

  return Promise.resolve({
    handler: honoHandler(app),
    ready: { database: () => database.ready() },
    close: () => database.close(),
  });
}
