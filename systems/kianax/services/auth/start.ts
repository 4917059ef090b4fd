import type { Host, Parts, Service } from 'fairway-kit';
import { honoHandler, onUnforeseen, problem } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { createRedis } from 'fairway-kit/redis';
import { Hono } from 'hono';
import { forCallers, type WithCaller } from '../common/caller.ts';
import { asSent } from '../common/origin.ts';
import { signCaller } from '../common/token.ts';
import { createAccounts } from './accounts.ts';
import { personalRoutes } from './personal.ts';
import { seed } from './seed.ts';
import { createSessions } from './session.ts';
import { settings } from './settings.ts';

export const auth: Service<typeof settings> = { name: 'auth', settings, start };

async function start(host: Host<typeof settings>): Promise<Parts> {
  const { log, metrics, clock } = host;
  const given = host.settings;
  const database = createDatabase(
    // Better Auth keeps its connection while it hashes a password: many who sign up at once have to wait.
    { url: given.databaseUrl, poolSize: given.poolSize, connectTimeout: 10_000 },
    { log, metrics, name: 'auth' },
  );
  const cache = createRedis({ url: given.redisUrl, use: 'cache' }, { log, name: 'auth' });
  const newUsers = metrics.counter('users_total', 'Users that signed up.');
  const accounts = createAccounts({
    pool: database.pool,
    secret: given.authSecret,
    publicUrl: given.publicUrl,
    secureCookies: given.secureCookies,
    standIn: given.standIn,
    github: { id: given.githubId, secret: given.githubSecret },
    google: { id: given.googleId, secret: given.googleSecret },
    onNewUser: () => newUsers(),
    onProblem: (message, level) => log[level](message),
  });
  const sessions = createSessions({ accounts, redis: cache.redis, log, now: () => clock.now() });
  await seed(database, {
    users: given.seedUsers,
    password: given.seedPassword,
    probePassword: given.probePassword,
  });

  const app = new Hono<WithCaller>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));

  app.all('/api/auth/*', async (c) => {
    const response = await accounts.handler(await asSent(c.req.raw));
    // Whatever was written may have ended this session: signing out, another password, a second factor.
    if (c.req.method !== 'GET') await sessions.forget(c.req.header('cookie') ?? '');
    return response;
  });

  // For the gateway: from the cookies of a browser to a token for the services.
  app.get('/session', async (c) => {
    const caller = await sessions.callerOf(c.req.header('cookie') ?? '');
    if (caller === null) return problem(c, 401, 'not_signed_in', 'There is no such session.');
    return c.json({ ...caller, token: await signCaller(caller, given.jwtSecret, clock.now()) });
  });

  app.use('/me/*', forCallers(given.jwtSecret, clock));
  app.use('/me', forCallers(given.jwtSecret, clock));
  app.route('/', personalRoutes({ database, log, sessions }));

  return {
    handler: honoHandler(app),
    ready: { database: database.ready, schema: () => database.query('SELECT 1 FROM users LIMIT 1') },
    async close() {
      await Promise.all([database.close(), cache.close()]);
    },
  };
}
