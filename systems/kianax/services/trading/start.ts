import { createClient, type Host, type Parts, type Service } from 'fairway-kit';
import { honoHandler, onUnforeseen, problem } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { Hono } from 'hono';
import { systemFlags } from '../common/flags.ts';
import { forCallers, type WithCaller } from '../common/caller.ts';
import { createBroker, TamperedError } from './broker.ts';
import { accountRoutes } from './routes-account.ts';
import { orderRoutes } from './routes-orders.ts';
import { settings } from './settings.ts';

export const trading: Service<typeof settings> = { name: 'trading', settings, start };

async function start(host: Host<typeof settings>): Promise<Parts> {
  const { log, metrics, clock } = host;
  const { databaseUrl, poolSize, standIn, brokerUrl, brokerKey, jwtSecret } = host.settings;
  const world = { log, metrics, clock };
  const database = createDatabase({ url: databaseUrl, poolSize }, { log, metrics, name: 'trading' });
  const marketData = createClient(
    { name: 'market-data', base: host.settings.marketDataUrl, timeout: 1_000 },
    world,
  );
  const notification = createClient(
    { name: 'notification', base: host.settings.notificationUrl, timeout: 2_000 },
    world,
  );
  const brokerClient = createClient(
    {
      name: 'broker',
      base: standIn === null ? brokerUrl : `${standIn}/broker`,
      timeout: 5_000,
      outside: true,
    },
    world,
  );
  const broker = createBroker({ database, client: brokerClient, secret: brokerKey, now: () => clock.now() });

  const app = new Hono<WithCaller>();
  const unforeseen = onUnforeseen<WithCaller>(log);
  app.onError((reason, c) =>
    reason instanceof TamperedError
      ? problem(c, 409, reason.code, 'The keys of your broker were changed from outside. Enter them again.')
      : unforeseen(reason, c),
  );
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.use(forCallers(jwtSecret, clock));
  app.route(
    '/',
    orderRoutes({ ...world, database, broker, marketData, notification, flags: systemFlags(host) }),
  );
  app.route('/', accountRoutes({ ...world, database, secret: brokerKey }));

  return {
    handler: honoHandler(app),
    ready: { database: database.ready, schema: () => database.query('SELECT 1 FROM trading_audit LIMIT 1') },
    close: () => database.close(),
  };
}
