import type { SystemInput } from 'fairway';

const retried = { store: 'jobs-redis', retries: 5, backoff: '1s', backoffFactor: 2, concurrency: 4 };
const made = (role: string, from?: string) => ({
  role,
  generate: 32,
  ...(from === undefined ? {} : { from }),
});

/** What is kept, queued, asked of others, secret, and switched. */
export const data = {
  stores: {
    database: {
      kind: 'postgres',
      role: 'Everything of the tenants; every table names its tenant',
      version: 16,
      database: 'maxai',
      encrypted: true,
      pooler: { min: 100, max: 200, perReplica: 4, by: 'PgBouncer' },
      tenants: { n8n: 'schema n8n, role n8n with at most 10 connections' },
      backup: {
        full: { every: '1d', keep: '30d' },
        longTerm: { every: '7d', keep: '365d' },
        pointInTime: '7d',
        logEvery: '15m',
        encrypted: true,
        offRegion: true,
      },
    },
    cache: {
      kind: 'redis',
      role: 'What can be asked for again: sessions, flags, counts of requests',
      evictionPolicy: 'allkeys-lru',
      memory: '256MiB',
      lifetimes: { sessions: '24h', flags: '5m', 'rate limits': '1m' },
    },
    'jobs-redis': {
      kind: 'redis',
      role: 'Queues of jobs; nothing of it may be evicted',
      evictionPolicy: 'noeviction',
      persistence: 'aof',
      memory: '256MiB',
    },
  },
  queues: {
    webhooks: {
      ...retried,
      role: 'What vendors told',
      deadLetters: 'webhooks_dlq',
      alertDepth: 100,
      shardBy: 'tenant_id',
    },
    usage: { ...retried, role: 'Sums of usage, tenant by tenant', deadLetters: 'usage_dlq', concurrency: 1 },
  },
  vendors: {
    google: { role: 'Sign in', hosts: ['accounts.google.com', 'oauth2.googleapis.com'] },
    ghl: { role: 'Contacts of the clients', hosts: ['services.leadconnectorhq.com'] },
    stripe: { role: 'Payments', hosts: ['api.stripe.com'] },
    retell: { role: 'Voices that call', hosts: ['api.retellai.com'] },
    twilio: { role: 'Messages and telephone numbers', hosts: ['api.twilio.com'] },
    openrouter: { role: 'Language models', hosts: ['openrouter.ai'] },
  },
  secrets: {
    JWT_KEY: made('Signs the tokens of sessions; iam and the gateway have it'),
    INSIDE_KEY: made('Signs what the gateway tells the services of a caller, for a minute'),
    PAYMENTS_HMAC_SECRET: made('Signs what jobs hands to payments'),
    PROBE_PASSWORD: made('Lets the checks log in as their own user'),
    GOOGLE_CLIENT_SECRET: made('Sign in', 'google'),
    STRIPE_SECRET: made('Charges', 'stripe'),
    STRIPE_WEBHOOK_SECRET: made('Proves that Stripe told it', 'stripe'),
    RETELL_API_KEY: made('Calls', 'retell'),
    RETELL_WEBHOOK_SECRET: made('Proves that Retell told it', 'retell'),
    TWILIO_API_KEY: made('Messages', 'twilio'),
    TWILIO_WEBHOOK_SECRET: made('Proves that Twilio told it', 'twilio'),
    GHL_CLIENT_SECRET: made('Contacts', 'ghl'),
    GHL_WEBHOOK_SECRET: made('Proves that GHL told it', 'ghl'),
    OPENROUTER_API_KEY: made('Language models', 'openrouter'),
    N8N_DB_PASSWORD: made('Password of the role n8n in the database'),
    N8N_ENCRYPTION_KEY: made('Encrypts the credentials that workflows use'),
  },
  flags: {
    new_prompt_editor: { default: false, role: 'The new editor of prompts' },
    llm_enabled: { default: true, role: 'Off: no language model is asked', killSwitch: true },
  },
} satisfies Partial<SystemInput>;
