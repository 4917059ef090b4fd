import { type Host, type Log, type Parts, repeat } from 'fairway-kit';
import { honoHandler, problem } from 'fairway-kit/hono';
import { createDatabase, type Database } from 'fairway-kit/postgres';
import { createRedis } from 'fairway-kit/redis';
import { Hono, type MiddlewareHandler } from 'hono';
import { createAiClient } from '../common/ai-client.ts';
import { bodyLimit, createApp, type Web } from '../common/app.ts';
import { type DataKeys, dataKeysOf, rewrapKeys } from '../common/broker-keys.ts';
import { demoEmail, demoPassword } from '../common/demo.ts';
import { type Caller, createTokens, type Tokens } from '../common/tokens.ts';
import { brokerRoutes } from './brokers.ts';
import { createDispatch } from './dispatch.ts';
import { tidyUp } from './housekeeping.ts';
import { applyMissing, checkSchema, readMigrations } from './migrations.ts';
import { orderKinds } from './order-kinds.ts';
import { readRoutes } from './reads.ts';
import { reflectionRoutes } from './reflections.ts';
import { createRelay } from './relay.ts';
import { type SeedUser, seedUsers } from './seed.ts';
import { sessionRoutes } from './sessions.ts';
import type { coreSettings } from './settings.ts';
import { tradeRoutes } from './trades.ts';
import { createWrites, type UserWeb } from './writes.ts';

const largestBody = 1_100_000;
const hour = 3_600_000;
const connectTimeout = 5_000;

type CoreHost = Host<typeof coreSettings>;

/** The domain: every call bears a token, every write is audited, and what happened is announced after its commit. */
export async function startCore(host: CoreHost): Promise<Parts> {
  const { settings, clock, log, metrics, stopping } = host;
  const { databaseUrl, poolSize, redisUrl } = settings;
  const database = createDatabase(
    { url: databaseUrl, poolSize, connectTimeout },
    { log, metrics, name: 'journal-core' },
  );
  await prepare(database, host);

  const queue = createRedis({ url: redisUrl }, { log, name: 'journal-core' });
  const { redis } = queue;
  const relay = createRelay({ database, redis, clock, metrics });
  const dispatch = createDispatch({
    ...settings,
    database,
    redis,
    onQueueError: (reason) => log.debug('queue', { reason }),
  });
  const dataKeys = dataKeysOf(settings.dataKey, settings.previousDataKey);
  const deliveries = deliver(host, relay, dispatch.run);
  const tidying = repeat(
    { clock, wait: hour, signal: stopping },
    async () => {
      await tidyUp(database);
      if (dataKeys === null) return;
      const { rewrapped, broken } = await rewrapKeys(database, dataKeys);
      if (rewrapped > 0) log.info('broker keys were wrapped anew', { rewrapped });
      if (broken.length > 0)
        log.warning('broker keys cannot be opened', { ids: broken.slice(0, 20), all: broken.length });
    },
    (reason) => log.warning('tidying up failed', { reason }),
  );

  return {
    handler: honoHandler(
      coreApp(host, database, {
        onCommitted: deliveries.nudge,
        dataKeys,
        recall: (key) => redis.get(key).catch(() => null), // as if its hour were over
      }),
    ),
    ready: { database: () => database.ready(), queue: () => queue.ready() },
    async finish() {
      await Promise.all([deliveries.ended, tidying]);
    },
    async close() {
      await dispatch.close();
      await queue.close();
      await database.close();
    },
  };
}

async function prepare(database: Database, { settings, clock, log }: CoreHost): Promise<void> {
  const { demoUsers, migrateAtStart, probeEmail, probePassword } = settings;
  const schema = await (migrateAtStart ? applyMissing : checkSchema)(database, await readMigrations());
  if (!schema.ok) throw new Error(schema.detail);
  if (schema.value.length > 0) log.info('migrated', { applied: schema.value });
  const users: SeedUser[] = [];
  if (demoUsers) users.push({ email: demoEmail, name: 'Demo', password: demoPassword, trades: 40 });
  const ofProbe = probePassword ?? (demoUsers ? demoPassword : null);
  if (ofProbe !== null) users.push({ email: probeEmail, name: 'Probe', password: ofProbe, trades: 0 });
  await seedUsers(database, users, clock.now());
}

/** Relays events and dispatches jobs, every 250 ms and at once after a commit. */
function deliver({ settings, clock, log, stopping }: CoreHost, ...works: (() => Promise<void>)[]) {
  let woken = new AbortController();
  const nudge = () => woken.abort();
  const attempt = tellOnce(log);
  const round = async () => {
    await clock.sleep(settings.outboxMillis, AbortSignal.any([woken.signal, stopping]));
    woken = new AbortController();
    for (const work of works) await attempt(work);
  };
  const ended = repeat({ clock, wait: 0, signal: stopping }, round, () => undefined);
  return { nudge, ended };
}

/** Tries a work; tells when it begins to fail and when it succeeds again, not each time. */
function tellOnce(log: Log): (work: () => Promise<void>) => Promise<void> {
  const failing = new Set<() => Promise<void>>();
  return async (work) => {
    try {
      await work();
      if (failing.delete(work)) log.info('deliveries go on');
    } catch (reason) {
      if (!failing.has(work)) log.warning('deliveries fail and are tried again', { reason });
      failing.add(work);
    }
  };
}

function coreApp(
  { settings, clock, log, metrics }: CoreHost,
  database: Database,
  {
    onCommitted,
    recall,
    dataKeys,
  }: {
    onCommitted: () => void;
    recall: (key: string) => Promise<string | null>;
    dataKeys: DataKeys | null;
  },
): Hono<Web> {
  const tokens = createTokens(settings.jwtSecret, clock);
  const writes = createWrites(database, onCommitted);
  const askAi = createAiClient(
    { url: settings.aiUrl, secret: settings.hmacSecret, retries: { most: 3, waits: [0, 0, 1_000, 2_000] } },
    { log, metrics, clock },
  );

  const app = createApp(log);
  app.use(bodyLimit(largestBody));

  const sessions = new Hono<Web>();
  sessions.use(allow(tokens, 'sessions', () => undefined));
  sessions.route('/', sessionRoutes(database, clock));
  app.route('/sessions', sessions);

  const ofUsers = new Hono<UserWeb>();
  ofUsers.use(allow<UserWeb>(tokens, 'user', (c, caller) => c.set('userId', caller.subject)));
  ofUsers.route('/trades', tradeRoutes(database, writes));
  ofUsers.route('/reflections', reflectionRoutes(database, writes));
  ofUsers.route('/brokers', brokerRoutes(database, writes, dataKeys));
  const orders = orderKinds({ database, writes, isBinanceOn: settings.binance, recall });
  for (const [path, routes] of Object.entries(orders)) ofUsers.route(path, routes);
  ofUsers.route('/', readRoutes({ database, askAi: settings.heuristicsOnly ? null : askAi }));
  app.route('/', ofUsers);
  return app;
}

/** Lets nobody through without a token of this scope. */
function allow<E extends Web>(
  tokens: Tokens,
  scope: Caller['scope'],
  onAllowed: (c: Parameters<MiddlewareHandler<E>>[0], caller: Caller) => void,
): MiddlewareHandler<E> {
  return async (c, next) => {
    const verified = await tokens.verify(c.req.header('authorization'));
    if (!verified.ok) return problem(c, 401, verified.code, verified.detail);
    if (verified.value.scope !== scope)
      return problem(c, 403, 'scope_wrong', `This needs the scope ${scope}.`);
    onAllowed(c, verified.value);
    return next();
  };
}
