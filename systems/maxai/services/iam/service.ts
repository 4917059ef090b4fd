import {
  count,
  flag,
  type Host,
  optionalSecret,
  postgresProtocols,
  redisProtocols,
  secret,
  url,
} from 'fairway-kit';
import { honoHandler, onUnforeseen, problem } from 'fairway-kit/hono';
import { createDatabase, type Database } from 'fairway-kit/postgres';
import { createRedis } from 'fairway-kit/redis';
import { Hono } from 'hono';
import { behindGateway, type Inside, insideSettings } from '../common/caller.ts';
import { createTokens } from '../common/tokens.ts';
import { vendorSettings } from '../common/vendors.ts';
import { accountRoutes } from './accounts.ts';
import { adminRoutes } from './admin.ts';
import { createFlagBook } from './flags.ts';
import { createGoogle, googleSettings } from './google.ts';
import { loginRoutes } from './login.ts';
import { seedDevUsers, seedProbe } from './seed.ts';
import { createSessions, sessionMillis } from './sessions.ts';

const settings = {
  ...insideSettings,
  ...vendorSettings,
  ...googleSettings,
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  poolSize: count('DB_POOL_SIZE', { least: 1, most: 50, fallback: 4 }),
  cacheUrl: url('CACHE_URL', redisProtocols),
  jwtKey: secret('JWT_KEY'),
  secureCookies: flag('SECURE_COOKIES', true),
  /** Users made at the start, with a password that stands in the source: for development only. */
  devUsers: count('DEV_USERS', { least: 0, most: 1_000, fallback: 0 }),
  probePassword: optionalSecret('PROBE_PASSWORD'),
  newPromptEditor: flag('FLAG_NEW_PROMPT_EDITOR', false),
  llmEnabled: flag('FLAG_LLM_ENABLED', true),
  googleClient: optionalSecret('GOOGLE_CLIENT_SECRET'),
} as const;

/** Users, tenants, clients, sessions and flags. */
export const iam = { name: 'iam', settings, start, logFormat: 'request' } as const;

async function start(host: Host<typeof settings>) {
  const { settings: given, clock, log, metrics } = host;
  const world = { log, metrics, clock };
  const database = createDatabase(
    { url: given.databaseUrl, poolSize: given.poolSize },
    { ...world, name: 'iam' },
  );
  const cache = createRedis({ url: given.cacheUrl, use: 'store' }, { log, name: 'cache' });
  const tokens = createTokens({ key: given.jwtKey, audience: 'session', lifetime: sessionMillis, clock });
  const sessions = createSessions({ database, redis: cache.redis, tokens, clock });
  const declared = { new_prompt_editor: given.newPromptEditor, llm_enabled: given.llmEnabled };
  const flags = createFlagBook({ declared, database, redis: cache.redis });
  const google = createGoogle(given, world);
  countTheActive(database, host);

  const app = new Hono<Inside>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.route(
    '/api/auth',
    loginRoutes({ database, sessions, google, secureCookies: given.secureCookies, log, clock }),
  );
  app.use(behindGateway(given.insideKey, clock));
  app.route('/', accountRoutes({ database, sessions, flags, log, secureCookies: given.secureCookies }));
  app.route('/api/admin', adminRoutes({ database, sessions, flags, log }));

  if (given.probePassword !== null) await seedProbe(database, given.probePassword);
  if (given.devUsers > 0) await seedDevUsers(database, given.devUsers);

  return {
    handler: honoHandler(app),
    ready: { database: () => database.ready(), cache: () => cache.ready() },
    async close() {
      await cache.close();
      await database.close();
    },
  };
}

/** Tenants and clients with somebody who is logged in: numbers of the business, over all tenants. */
function countTheActive(database: Database, { metrics }: Host<typeof settings>): void {
  const lasting = 'revoked_at IS NULL AND expires_at > now()';
  const counted = async (what: string) => {
    const [row] = await database.query<{ count: number }>(
      `SELECT count(DISTINCT ${what})::int AS count
       FROM sessions JOIN users USING (tenant_id, user_id) WHERE ${lasting}`,
    );
    return row?.count ?? 0;
  };
  metrics.gauge('active_tenants', 'Tenants with somebody logged in.', () => counted('tenant_id'));
  metrics.gauge('active_clients', 'Clients with somebody logged in.', () => counted('client_id'));
}
