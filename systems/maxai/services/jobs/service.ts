import type { Job } from 'bullmq';
import {
  contextOf,
  count,
  createClient,
  type Host,
  httpProtocols,
  identify,
  postgresProtocols,
  redisProtocols,
  secret,
  url,
  withRequest,
} from 'fairway-kit';
import { honoHandler, problem } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { createRedis } from 'fairway-kit/redis';
import { Hono } from 'hono';
import { attempts, type UsageJob, type WebhookJob } from '../common/queues.ts';
import { createConsumers, type Handlers, orGiveUp } from './consumers.ts';
import { sumUsage, tenantsToSum } from './usage.ts';
import { processWebhook } from './webhooks.ts';

const settings = {
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  poolSize: count('DB_POOL_SIZE', { least: 1, most: 50, fallback: 4 }),
  jobsUrl: url('JOBS_REDIS_URL', redisProtocols),
  paymentsUrl: url('PAYMENTS_URL', httpProtocols),
  paymentsSecret: secret('PAYMENTS_HMAC_SECRET'),
  webhooksAtOnce: count('WEBHOOKS_AT_ONCE', { least: 1, most: 100, fallback: 4 }),
  usageEvery: count('USAGE_EVERY_MILLIS', { least: 100, most: 86_400_000, fallback: 60_000 }),
} as const;

/** Takes jobs: what vendors told, and the sums of usage. Its port has probes and controls only. */
export const jobs = { name: 'jobs', settings, start, logFormat: 'request' } as const;

async function start({ settings: given, clock, log, metrics }: Host<typeof settings>) {
  const world = { log, metrics, clock };
  const database = createDatabase(
    { url: given.databaseUrl, poolSize: given.poolSize },
    { ...world, name: 'jobs' },
  );
  const queueRedis = createRedis({ url: given.jobsUrl, use: 'queue' }, { log, name: 'jobs-redis' });
  const hmac = { secret: given.paymentsSecret };
  const payments = createClient({ name: 'payments', base: given.paymentsUrl, hmac }, world);
  const processed = metrics.counter('webhook_events_total', 'Events of vendors that were processed.', [
    'vendor',
  ]);

  const handlers: Handlers = {
    webhooks: (job: Job<WebhookJob>) =>
      within(job.data, async () => {
        const isNew = await processWebhook(job.data, { database, payments }).catch(orGiveUp);
        if (isNew) processed({ vendor: job.data.vendor });
        log.info(isNew ? 'webhook done' : 'webhook was done before', { job: job.id });
      }),
    async usage(job: Job<UsageJob>) {
      const { tenantId } = job.data;
      if (tenantId !== null) {
        const rows = await sumUsage(database, tenantId);
        if (rows > 0) log.info('usage summed', { tenant_id: tenantId, rows });
        return;
      }
      const tenants = await tenantsToSum(database);
      // One job per tenant waits at most, however often this is asked for.
      const options = { ...attempts(), removeOnComplete: true, removeOnFail: true };
      await consumers.queues.usage.addBulk(
        tenants.map((tenant) => ({
          name: 'sum',
          data: { tenantId: tenant },
          opts: { ...options, jobId: `sum_${tenant}` },
        })),
      );
    },
  };
  const consumers = createConsumers({
    ...{ redis: queueRedis.redis, handlers, log, metrics },
    concurrency: { webhooks: given.webhooksAtOnce, usage: 1 },
  });
  // One schedule in Redis for all replicas and revisions: the same name replaces it, and each due job is made once.
  await consumers.queues.usage.upsertJobScheduler(
    'sum usage',
    { every: given.usageEvery },
    {
      name: 'all',
      data: { tenantId: null },
      opts: { ...attempts(), removeOnComplete: true, removeOnFail: true },
    },
  );

  const app = new Hono();
  app.notFound((c) => problem(c, 404, 'not_found', 'There is nothing here: this service takes jobs.'));
  return {
    handler: honoHandler(app),
    ready: { database: () => database.ready(), 'jobs-redis': () => queueRedis.ready() },
    consumer: consumers,
    finish: () => consumers.close(),
    async close() {
      await queueRedis.close();
      await database.close();
    },
  };
}

/** Goes on with the request that brought the event: the same correlation id and the same trace in the logs of both. */
function within(
  { told, vendor, correlationId, traceparent }: WebhookJob,
  work: () => Promise<void>,
): Promise<void> {
  const headers = { 'x-request-id': correlationId, traceparent };
  return withRequest(contextOf({ headers, method: 'JOB', url: `/webhooks/${vendor}` }), () => {
    identify({ tenantId: told.tenant_id });
    return work();
  });
}
