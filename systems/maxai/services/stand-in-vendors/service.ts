import { randomUUID } from 'node:crypto';
import { type Client, createClient, type Host, httpProtocols, secret, url } from 'fairway-kit';
import { body, honoHandler, onUnforeseen, problem } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { z } from 'zod';

const settings = {
  stripeSecret: secret('STRIPE_WEBHOOK_SECRET'),
  /** Who is told what became of a payment; nobody when it is left out. */
  ingressUrl: url<string | null>('WEBHOOK_INGRESS_URL', httpProtocols, null),
} as const;

/**
 * Answers in place of Google, Stripe, Retell, Twilio and OpenRouter where there is no network: as little of each as this
 * system uses, always the same answer to the same question, and nothing of it is kept.
 */
export const standInVendors = { name: 'stand-in-vendors', settings, start, logFormat: 'request' } as const;

function start({ settings: { stripeSecret, ingressUrl }, clock, log, metrics }: Host<typeof settings>) {
  const hmac = { secret: stripeSecret };
  const ingress =
    ingressUrl === null
      ? null
      : createClient({ name: 'webhook-ingress', base: ingressUrl, hmac }, { log, metrics, clock });
  const app = new Hono();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_stood_in', `Nobody stands in for ${c.req.method} ${c.req.path}.`));
  app.route('/openrouter', openrouter());
  app.route('/stripe', stripe(ingress));
  app.route('/google', google());
  app.post('/retell/v2/create-phone-call', (c) => c.json({ call_id: `call_${randomUUID()}` }, 201));
  app.post('/twilio/2010-04-01/Accounts/:account/Messages.json', (c) =>
    c.json({ sid: `SM${randomUUID()}` }, 201),
  );
  return Promise.resolve({ handler: honoHandler(app) });
}

const conversation = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
});

/** Says what it was asked; a word is a token. */
function openrouter(): Hono {
  const app = new Hono();
  app.post('/api/v1/chat/completions', async (c) => {
    const read = await body(c, conversation);
    if (!read.ok) return read.response;
    const { model, messages } = read.value;
    const content = `(${model} would answer:) ${messages.at(-1)?.content ?? ''}`;
    const words = (text: string) => text.split(/\s+/).filter(Boolean).length;
    const prompt_tokens = messages.reduce((sum, message) => sum + words(message.content), 0);
    const completion_tokens = words(content);
    return c.json({
      id: `gen-${randomUUID()}`,
      choices: [{ message: { role: 'assistant', content } }],
      usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
    });
  });
  return app;
}

const intent = z.object({
  amount: z.number().int(),
  metadata: z.object({ tenant_id: z.uuid(), charge_id: z.uuid() }),
});

/** The id of a payment follows from its Idempotency-Key. An amount that ends in 13 fails; both are told at once. */
function stripe(ingress: Client | null): Hono {
  const app = new Hono();
  app.post('/v1/payment_intents', async (c) => {
    const read = await body(c, intent);
    if (!read.ok) return read.response;
    const { amount, metadata } = read.value;
    const { tenant_id, charge_id } = metadata;
    const type = amount % 100 === 13 ? 'payment_intent.payment_failed' : 'payment_intent.succeeded';
    const id = `pi_${c.req.header('idempotency-key') ?? randomUUID()}`;
    const event = { id: `evt_${id}`, type, tenant_id, data: { charge_id } };
    // Not waited for: a real vendor tells it when it pleases him. What fails is told by the client itself.
    ingress?.call('POST', '/webhooks/stripe', { body: event, idempotent: true }).catch(() => undefined);
    return c.json({ id, status: 'processing' });
  });
  return app;
}

/** Whoever comes is let in at once, as the one he says he is (`login_hint`), or as the first user of development. */
function google(): Hono {
  const app = new Hono();
  app.get('/o/oauth2/v2/auth', (c) => {
    const { redirect_uri = '', state = '', login_hint = 'user1@dev.maxai.io' } = c.req.query();
    if (!URL.canParse(redirect_uri)) return problem(c, 400, 'redirect_wrong', 'redirect_uri is no address.');
    const back = new URL(redirect_uri);
    back.search = new URLSearchParams({
      state,
      code: Buffer.from(login_hint).toString('base64url'),
    }).toString();
    return c.redirect(back.toString());
  });
  app.post('/token', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const email = Buffer.from(form.get('code') ?? '', 'base64url').toString();
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return c.json({ id_token: `${part({ alg: 'none' })}.${part({ email, email_verified: true })}.` });
  });
  return app;
}
