import {
  count,
  createClient,
  createIdempotency,
  type Host,
  httpProtocols,
  messageOf,
  postgresProtocols,
  postgresStore,
  redisProtocols,
  secret,
  text,
  url,
} from 'fairway-kit';
import { honoHandler, idempotent, onUnforeseen, problem } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { createRedis } from 'fairway-kit/redis';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { behindGateway, type Inside, insideSettings } from '../common/caller.ts';
import { cachedFlags } from '../common/flags.ts';
import { vendorSettings } from '../common/vendors.ts';
import { createRunBook } from './book.ts';
import { runRoutes } from './runs.ts';
import { createVendors } from './vendors.ts';
import { createEngine, workflowRoutes } from './workflows.ts';

const settings = {
  ...insideSettings,
  ...vendorSettings,
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  poolSize: count('DB_POOL_SIZE', { least: 1, most: 50, fallback: 4 }),
  cacheUrl: url('CACHE_URL', redisProtocols),
  iamUrl: url('IAM_URL', httpProtocols),
  promptsUrl: url('PROMPT_SVC_URL', httpProtocols),
  /** Where n8n is; left out where nothing runs it. */
  n8nUrl: url<string | null>('N8N_URL', httpProtocols, null),
  model: text('LLM_MODEL', 'openai/gpt-4o-mini'),
  openrouterKey: secret('OPENROUTER_API_KEY'),
  retellKey: secret('RETELL_API_KEY'),
  twilioKey: secret('TWILIO_API_KEY'),
} as const;

const flagsAnswer = z.object({ flags: z.record(z.string(), z.boolean()) });

/** Runs prompts on models, calls, messages and workflows, and counts what they use. */
export const orchestrator = { name: 'orchestrator', settings, start, logFormat: 'request' } as const;

function start({ settings: given, clock, log, metrics }: Host<typeof settings>) {
  const world = { log, metrics, clock };
  const { databaseUrl, poolSize, cacheUrl, iamUrl, promptsUrl, n8nUrl, model } = given;
  const database = createDatabase({ url: databaseUrl, poolSize }, { ...world, name: 'orchestrator' });
  const cache = createRedis({ url: cacheUrl, use: 'cache' }, { log, name: 'cache' });
  const iam = createClient({ name: 'iam', base: iamUrl, timeout: 2_000, retries: { most: 1 } }, world);
  const prompts = createClient(
    { name: 'prompt-svc', base: promptsUrl, timeout: 5_000, retries: { most: 1 } },
    world,
  );
  const book = createRunBook(database);
  const idempotency = createIdempotency({ store: postgresStore(database.pool) });
  const once = idempotent(
    idempotency,
    (c: Context<Inside>) => `${c.var.caller.tenantId} ${c.var.caller.userId}`,
  );

  /** In the caller's name: what he may not see is not found here either. */
  const authorized = (c: Context<Inside>) => ({
    headers: { authorization: c.req.header('authorization') ?? '' },
  });
  const mayAskModels = async (c: Context<Inside>) => {
    const flags = await cachedFlags(cache.redis, c.var.caller.tenantId, async () => {
      const answer = await iam.call('GET', '/api/flags', authorized(c));
      return flagsAnswer.parse(answer.body).flags;
    });
    return flags['llm_enabled'] === true;
  };
  const promptOf = async (c: Context<Inside>, id: string) => {
    const answer = await prompts.call('GET', `/api/prompts/${id}`, authorized(c));
    if (answer.status === 404) return null;
    return z.object({ title: z.string(), body: z.string() }).parse(answer.body);
  };

  const app = new Hono<Inside>();
  app.onError((reason, c) => {
    const isOutside = ['VendorError', 'TimeoutError', 'BreakerOpenError', 'UnreachableError'].includes(
      reason.name,
    );
    if (!isOutside) return onUnforeseen<Inside>(log)(reason, c);
    c.header('retry-after', '5');
    return problem(c, 502, 'vendor_failed', `Somebody we asked failed us (${messageOf(reason)}). Try again.`);
  });
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.use(behindGateway(given.insideKey, clock));
  app.route(
    '/api',
    runRoutes({ book, once, vendors: createVendors(given, world), model, metrics, mayAskModels, promptOf }),
  );
  app.route('/api/workflows', workflowRoutes({ engine: createEngine(n8nUrl, world), book }));

  return Promise.resolve({
    handler: honoHandler(app),
    ready: { database: () => database.ready() },
    async close() {
      await cache.close();
      await database.close();
    },
  });
}
