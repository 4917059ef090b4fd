import { count, createIdempotency, type Host, postgresProtocols, postgresStore, url } from 'fairway-kit';
import { body, honoHandler, idempotent, onUnforeseen, problem } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { behindGateway, type Inside, insideSettings } from '../common/caller.ts';
import { createPromptBook } from './prompts.ts';

const settings = {
  ...insideSettings,
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  poolSize: count('DB_POOL_SIZE', { least: 1, most: 50, fallback: 4 }),
} as const;

const written = z.object({
  title: z.string().trim().min(1).max(120),
  body: z.string().trim().min(1).max(20_000),
});
const page = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  before: z.uuid().optional(),
});

/** Prompts of a tenant. */
export const promptSvc = { name: 'prompt-svc', settings, start, logFormat: 'request' } as const;

function start({ settings: given, clock, log, metrics }: Host<typeof settings>) {
  const database = createDatabase(
    { url: given.databaseUrl, poolSize: given.poolSize },
    { log, metrics, name: 'prompt-svc' },
  );
  const book = createPromptBook(database);
  const idempotency = createIdempotency({ store: postgresStore(database.pool) });
  const once = idempotent(
    idempotency,
    (c: Context<Inside>) => `${c.var.caller.tenantId} ${c.var.caller.userId}`,
  );

  const app = new Hono<Inside>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.use(behindGateway(given.insideKey, clock));

  app.post('/api/prompts', once, async (c) => {
    const read = await body(c, written);
    return read.ok ? c.json(await book.add(c.var.caller, read.value), 201) : read.response;
  });

  app.get('/api/prompts', async (c) => {
    const asked = page.safeParse(c.req.query());
    if (!asked.success)
      return problem(c, 422, 'query_wrong', '"limit" is 1 to 100, "before" the id of a prompt.');
    const { limit, before } = asked.data;
    return c.json({ prompts: await book.list(c.var.caller, { limit, before: before ?? null }) });
  });

  app.get('/api/prompts/:id', async (c) => {
    const id = z.uuid().safeParse(c.req.param('id'));
    const prompt = id.success ? await book.find(c.var.caller, id.data) : null;
    return prompt === null ? problem(c, 404, 'prompt_unknown', 'There is no such prompt.') : c.json(prompt);
  });

  return Promise.resolve({
    handler: honoHandler(app),
    ready: { database: () => database.ready() },
    close: () => database.close(),
  });
}
