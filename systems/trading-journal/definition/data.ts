import type { SystemInput } from 'fairway';

/** What the programs are told too, so that it is said once. */
export const jobs = { retries: 5, backoffMillis: 1_000, imports: 2, scores: 4, simulations: 1, digests: 2 };
export const outboxMillis = 250;

const retried = {
  store: 'queue',
  retries: jobs.retries,
  backoff: `${jobs.backoffMillis}ms`,
  backoffFactor: 2,
};

/** What is kept, what waits, and what nobody may know. */
export const data = {
  stores: {
    database: {
      kind: 'postgres',
      role: 'Trades, reflections, audit, outbox',
      version: 16,
      database: 'journal',
      zones: 'single',
      encrypted: true,
      // The log is shipped three times as often as the quarter of an hour that may be lost asks for.
      backup: { full: { every: '1d', keep: '14d' }, logEvery: '5m', pointInTime: '14d', encrypted: true },
    },
    queue: {
      kind: 'redis',
      role: 'Queues and cached simulations; all of it can be made again from the database',
      persistence: 'none',
      evictionPolicy: 'noeviction',
      lifetimes: { simulations: '1h', sessions: '5m', 'rate limits': '2m' },
    },
    files: {
      kind: 'bucket',
      role: 'Digests and exports; the database keeps the latest digest of a week only',
      versioning: true,
      access: 'private',
      encrypted: true,
      transitions: [
        { after: '30d', to: 'infrequent access' },
        { after: '90d', to: 'archive' },
      ],
    },
  },

  queues: {
    q_import: {
      ...retried,
      role: 'Fills of a broker, 90 days at a time',
      deadLetters: 'q_import_dlq',
      alertDepth: 100,
      concurrency: jobs.imports,
      perUser: 1,
      perUserWindow: '90d',
      shardBy: 'user',
    },
    q_score: {
      ...retried,
      role: 'Scores of reflections',
      deadLetters: 'q_score_dlq',
      concurrency: jobs.scores,
    },
    q_sim: { ...retried, role: 'Simulations', deadLetters: 'q_sim_dlq', concurrency: jobs.simulations },
    q_digest: {
      ...retried,
      role: 'Digests and exports',
      deadLetters: 'q_digest_dlq',
      concurrency: jobs.digests,
    },
  },
  outbox: { store: 'database', table: 'outbox', every: `${outboxMillis}ms`, by: 'polling' },

  secrets: {
    SESSION_SECRET: { role: 'Signs session cookies', generate: 32, hardware: true },
    JWT_SECRET: { role: 'Signs the tokens between edge and core', generate: 32, hardware: true },
    AI_HMAC_SECRET: {
      role: 'Signs calls of ai',
      generate: 32,
      rotate: '30d',
      overlap: '24h',
      previous: 'AI_HMAC_SECRET_PREVIOUS',
    },
    AI_HMAC_SECRET_PREVIOUS: { role: 'The one before, valid during the overlap', generate: 32 },
    DATA_KEY: {
      role: 'Wraps the data keys under which the keys of brokers are encrypted',
      generate: 32,
      rotate: '90d',
      rewrap: '90d',
      overlap: '24h',
      previous: 'DATA_KEY_PREVIOUS',
    },
    DATA_KEY_PREVIOUS: { role: 'The one before; core wraps anew what is still under it', generate: 32 },
    PROBE_PASSWORD: { role: 'Lets the checks log in as their own user', generate: 32 },
  },
  flags: {
    HEURISTICS_ONLY: { default: true, role: 'Coaching without a model', killSwitch: true },
    FEATURE_VENDOR_FALLBACK: { default: false, role: 'Another coach when ours does not answer' },
    FEATURE_BINANCE: { default: false, role: 'Imports from Binance' },
  },
} satisfies Partial<SystemInput>;
