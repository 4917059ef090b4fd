import type { Host, Parts } from 'fairway-kit';
import { honoHandler, problem } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { createRedis } from 'fairway-kit/redis';
import type { Hono } from 'hono';
import { createAiClient } from '../common/ai-client.ts';
import { createApp, type Web } from '../common/app.ts';
import { dataKeysOf } from '../common/broker-keys.ts';
import { queueNames, simulationKey } from '../common/jobs.ts';
import { createBook } from './book.ts';
import { createBroker } from './broker.ts';
import { openBucket } from './bucket.ts';
import { type Consumers, createConsumers, type Handler } from './consumers.ts';
import { runDigest, runExport } from './documents.ts';
import { runImport } from './import.ts';
import { type Coaches, runScore } from './score.ts';
import type { workerSettings } from './settings.ts';
import { simulate } from './simulation.ts';

const simulationSeconds = 3_600;

type WorkersHost = Host<typeof workerSettings>;

/** Does what is queued: imports, scores, simulations, digests and exports. Its port has probes and controls only. */
export function startWorkers(host: WorkersHost): Promise<Parts> {
  const { settings, clock, log, metrics } = host;
  const { databaseUrl, poolSize, redisUrl } = settings;
  const database = createDatabase(
    { url: databaseUrl, poolSize, connectTimeout: 5_000 },
    { log, metrics, name: 'journal-workers' },
  );
  const queue = createRedis({ url: redisUrl, use: 'queue' }, { log, name: 'journal-workers' });
  const { redis } = queue;
  const bucket = openBucket({
    bucket: settings.bucket,
    endpoint: settings.bucketEndpoint,
    region: settings.bucketRegion,
    keyId: settings.bucketKeyId,
    key: settings.bucketKey,
  });
  const book = createBook(database);
  const coaches = coachesOf(host);
  const askBroker = createBroker(
    {
      url: settings.brokerUrl,
      database,
      dataKeys: dataKeysOf(settings.dataKey, settings.previousDataKey),
    },
    { log, metrics, clock },
  );

  const handle: Handler = async (job) => {
    switch (job.kind) {
      case 'import':
        return runImport(job, { database, book, askBroker });
      case 'score':
        return runScore(job, { database, book, coaches });
      case 'simulation': {
        const result = await simulate(job.payload, (percent) => book.progress(job, percent));
        await redis.set(simulationKey(job.id), JSON.stringify(result), 'EX', simulationSeconds);
        return book.finish(job, { hash: result.hash });
      }
      case 'digest':
        return runDigest(job, { database, book, bucket });
      case 'export':
        return runExport(job, { database, book, bucket });
    }
  };
  const { imports, scores, simulations, digests } = settings;
  const consumers = createConsumers({
    ...{ redis, book, handle, clock, log, metrics },
    concurrency: { q_import: imports, q_score: scores, q_sim: simulations, q_digest: digests },
  });

  return Promise.resolve({
    handler: honoHandler(controls(createApp(log), consumers)),
    consumer: consumers,
    ready: {
      database: () => database.query('SELECT score_source FROM reflections LIMIT 1'), // there only after expand
      queue: () => queue.ready(),
      files: (signal) => bucket.check(signal),
    },
    finish: () => consumers.close(),
    async close() {
      bucket.close();
      await Promise.all([queue.close(), database.close()]);
    },
  });
}

/** While only heuristics are allowed there is nobody to ask. */
function coachesOf({ settings, ...world }: WorkersHost): Coaches {
  const { heuristicsOnly, aiUrl, vendorFallback, vendorUrl, hmacSecret } = settings;
  if (heuristicsOnly) return [];
  const coach = (name: 'ai' | 'vendor', url: string) => ({
    name,
    ask: createAiClient({ name, url, secret: hmacSecret }, world),
  });
  const own = coach('ai', aiUrl);
  return vendorFallback && vendorUrl !== null ? [own, coach('vendor', vendorUrl)] : [own];
}

/** For operators: jobs that failed for good are tried once more. */
function controls(app: Hono<Web>, consumers: Consumers): Hono<Web> {
  app.post('/-/replay/:queue', async (c) => {
    const queue = queueNames.find((name) => name === c.req.param('queue'));
    if (queue === undefined)
      return problem(c, 404, 'queue_not_found', `Queues are ${queueNames.join(', ')}.`);
    return c.json({ replayed: await consumers.replay(queue) });
  });
  return app;
}
