import pg from 'pg';
import { killAll, printed, type Running, startService, type Variables } from './processes.ts';
import { startStores } from './stores.ts';

const secrets = {
  SESSION_SECRET: 'planted-session-secret-3f9c',
  JWT_SECRET: 'planted-jwt-secret-77ab21',
  AI_HMAC_SECRET: 'planted-hmac-secret-90ee4',
  AI_HMAC_SECRET_PREVIOUS: 'planted-old-hmac-secret-5d1',
  DATA_KEY: 'planted-data-key-4c07b1',
} as const;

/** The whole journal: real stores, two replicas of core that begin at the same moment, one of each other service. */
export async function startJournal(settings: Variables = {}) {
  const stores = await startStores();
  const base: Variables = {
    ...stores.env,
    ...secrets,
    FLAG_HEURISTICS_ONLY: 'false',
    RATE_LIMIT_PER_MINUTE: '0',
    LOGIN_LIMIT_PER_MINUTE: '0',
    JOB_RETRIES: '2',
    JOB_BACKOFF_MILLIS: '20',
    JOB_REMIND_MILLIS: '700',
    ...settings,
  };
  const ai = await startService('ai', base);
  const [core, otherCore] = await Promise.all([
    startService('core', { ...base, AI_URL: ai.url }),
    startService('core', { ...base, AI_URL: ai.url }),
  ]);
  const env: Variables = { ...base, AI_URL: ai.url, CORE_URL: core.url };
  const [edge, workers] = await Promise.all([startService('edge', env), startService('workers', env)]);
  const database = new pg.Pool({ connectionString: env['DATABASE_URL'] ?? '', max: 3 });
  database.on('error', () => undefined); // at the end the server goes first
  const all: readonly Running[] = [edge, workers, core, otherCore, ai];

  return {
    env: { ...env, EDGE_URL: edge.url } as Variables,
    stopRedis: stores.stopRedis,
    startRedis: stores.startRedis,
    ...{ ai, core, otherCore, edge, workers, database, all },
    /** Another replica, or another version, of a service beside those that run. */
    start: (name: string, changed: Variables = {}) => startService(name, { ...env, ...changed }),
    async close() {
      await database.end();
      killAll();
      await stores.close();
    },
    /** The planted secrets that stand in anything that was printed. */
    leaked: () => {
      const text = printed.join('');
      const addresses = ['DATABASE_URL', 'REDIS_URL'].map((name) => new URL(env[name] ?? '').password);
      return [...Object.values(secrets), ...addresses, env['S3_SECRET_ACCESS_KEY'] ?? ''].filter((secret) =>
        text.includes(secret),
      );
    },
  };
}

export type Journal = Awaited<ReturnType<typeof startJournal>>;
