import { Queue } from 'bullmq';
import { currentRequest, type Host, identify, redisProtocols, secret, url } from 'fairway-kit';
import { body, honoHandler, onUnforeseen, problem, signed } from 'fairway-kit/hono';
import { createRedis } from 'fairway-kit/redis';
import { Hono, type MiddlewareHandler } from 'hono';
import {
  attempts,
  toldSchema,
  type WebhookJob,
  type WebhookVendor,
  webhookVendors,
} from '../common/queues.ts';

const settings = {
  jobsUrl: url('JOBS_REDIS_URL', redisProtocols),
  stripe: secret('STRIPE_WEBHOOK_SECRET'),
  retell: secret('RETELL_WEBHOOK_SECRET'),
  twilio: secret('TWILIO_WEBHOOK_SECRET'),
  ghl: secret('GHL_WEBHOOK_SECRET'),
} as const;

interface Web {
  Variables: { vendor: WebhookVendor };
}

/** How long a job that is done stays known, so that the same event is not even put into the queue again. */
const known = { age: 24 * 3_600, count: 10_000 };

/** Takes what vendors tell: proves the signature, puts it into the queue, answers 202. What it means is for the jobs. */
export const webhookIngress = { name: 'webhook-ingress', settings, start, logFormat: 'request' } as const;

function start({ settings: given, clock, log, metrics }: Host<typeof settings>) {
  // `store`: a queue that is away must be said to the vendor, who tells it again.
  const jobs = createRedis({ url: given.jobsUrl, use: 'store' }, { log, name: 'jobs-redis' });
  const queue = new Queue<WebhookJob>('webhooks', { connection: jobs.redis, skipVersionCheck: true });
  queue.on('error', () => undefined); // the connection tells it itself
  const received = metrics.counter('webhooks_received_total', 'What vendors told.', ['vendor', 'status']);

  const proved = Object.fromEntries(
    webhookVendors.map((vendor) => [vendor, signed({ secrets: [given[vendor]], clock })]),
  ) as Record<WebhookVendor, MiddlewareHandler>;

  const app = new Hono<Web>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  const prove: MiddlewareHandler<Web> = async (c, next) => {
    const vendor = webhookVendors.find((name) => name === c.req.param('vendor'));
    if (vendor === undefined) return problem(c, 404, 'vendor_unknown', 'No such vendor tells us anything.');
    c.set('vendor', vendor);
    const refused = await proved[vendor](c, next);
    received({ vendor, status: String((refused ?? c.res).status) });
    return refused;
  };
  app.use('/webhooks/:vendor', prove);

  app.post('/webhooks/:vendor', async (c) => {
    const read = await body(c, toldSchema);
    if (!read.ok) return read.response;
    const { vendor } = c.var;
    const told = read.value;
    identify({ tenantId: told.tenant_id });
    const { correlationId = 'none', traceparent = '' } = currentRequest() ?? {};
    const job: WebhookJob = { vendor, told, correlationId, traceparent };
    // The same event has the same id: what is in the queue already, or was done lately, is not put there again.
    const jobId = `${told.tenant_id}_${vendor}_${told.id}`;
    try {
      await queue.add(told.type, job, { ...attempts(), jobId, removeOnComplete: known, removeOnFail: known });
    } catch (reason) {
      log.warning('the queue is away', { reason });
      c.header('retry-after', '5');
      return problem(c, 503, 'queue_away', 'It could not be kept. Tell it again.');
    }
    return c.json({ accepted: told.id }, 202);
  });

  return Promise.resolve({
    handler: honoHandler(app),
    ready: { 'jobs-redis': () => jobs.ready() },
    async close() {
      await queue.close();
      await jobs.close();
    },
  });
}
