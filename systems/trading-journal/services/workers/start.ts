import { Hono } from 'hono';
import { createAiClient, isOutage } from '../common/ai-client.ts';
import { createBreaker } from '../common/breaker.ts';
import { openDatabase } from '../common/database.ts';
import { queueNames, simulationKey } from '../common/jobs.ts';
import { openRedis, pingRedis } from '../common/redis.ts';
import type { Host, Parts } from '../common/service.ts';
import { problem, type Web } from '../common/web.ts';
import { createBook } from './book.ts';
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
  const onLost = (reason: Error) => log.warning('a database connection was lost', { reason });
  const database = openDatabase({ url: databaseUrl, poolSize, name: 'journal-workers', metrics, onLost });
  const redis = openRedis({ url: redisUrl, kind: 'patient', log });
  const bucket = openBucket({
    bucket: settings.bucket,
    endpoint: settings.bucketEndpoint,
    region: settings.bucketRegion,
    keyId: settings.bucketKeyId,
    key: settings.bucketKey,
  });
  const book = createBook(database);
  const coaches = coachesOf(host);

  const handle: Handler = async (job) => {
    switch (job.kind) {
      case 'import':
        return runImport(job, { database, book });
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
  const { imports, scores, simulations, digests, role } = settings;
  const consumers = createConsumers({
    ...{ redis, book, handle, clock, log, metrics },
    concurrency: { q_import: imports, q_score: scores, q_sim: simulations, q_digest: digests },
    isPassive: role === 'passive',
  });

  return Promise.resolve({
    app: controls(consumers),
    ready: {
      database: () => database.query('SELECT score_source FROM reflections LIMIT 1'), // there only after expand
      queue: pingRedis(redis),
      files: (signal) => bucket.check(signal),
    },
    finish: () => consumers.close(),
    async close() {
      redis.disconnect();
      bucket.close();
      await database.close();
    },
  });
}

/** While only heuristics are allowed there is nobody to ask. */
function coachesOf({ settings, clock }: WorkersHost): Coaches {
  const { heuristicsOnly, aiUrl, vendorFallback, vendorUrl, hmacSecret } = settings;
  if (heuristicsOnly) return [];
  const coach = (name: 'ai' | 'vendor', url: string) => {
    const breaker = createBreaker({ clock, counts: isOutage });
    return { name, ask: createAiClient({ url, secret: hmacSecret, clock, breaker }) };
  };
  const own = coach('ai', aiUrl);
  return vendorFallback && vendorUrl !== null ? [own, coach('vendor', vendorUrl)] : [own];
}

/** A passive version is paused while another works, so that no job is done by two. */
function controls(consumers: Consumers): Hono<Web> {
  const app = new Hono<Web>();
  app.get('/-/state', (c) => c.json({ paused: consumers.isPaused() }));
  app.post('/-/pause', async (c) => {
    await consumers.pause();
    return c.json({ paused: true });
  });
  app.post('/-/resume', (c) => {
    consumers.resume();
    return c.json({ paused: false });
  });
  app.post('/-/replay/:queue', async (c) => {
    const queue = queueNames.find((name) => name === c.req.param('queue'));
    if (queue === undefined)
      return problem(c, 404, 'queue_not_found', `Queues are ${queueNames.join(', ')}.`);
    return c.json({ replayed: await consumers.replay(queue) });
  });
  return app;
}
