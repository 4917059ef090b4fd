import { absent, all, each, either, present, rate, said, some, time } from '../expectations.ts';
import type { Table } from '../table.ts';

/** Secrets, settings, flags, and what happens when others fail. */
export const configuration: Table = {
  'CFG-01': {
    about: 'secrets come from a store',
    for: 'TKP',
    T: [['*/secrets', present]],
    K: [['*/secrets', present]],
    P: [['*/secrets', present]],
    met: ['src/targets/local'],
  },
  'CFG-02': {
    about: 'settings are environment variables',
    for: 'TP',
    T: [['*/services/core/env', present]],
    P: [['*/services/app/env', present]],
    met: ['kit/src/config.test.ts'],
  },
  'CFG-03': {
    about: 'signing keys in hardware; data keys wrapped anew each quarter',
    for: 'T',
    T: [
      ['prod/secrets/JWT_SECRET/hardware', true],
      ['prod/secrets/DATA_KEY/rewrap', time('90d')],
    ],
    met: ['systems/trading-journal/brokers.test.ts', 'later'],
  },
  'CFG-04': {
    about: 'AI_HMAC_SECRET turns, both are valid for a while',
    for: 'T',
    T: [
      [
        'prod/secrets/AI_HMAC_SECRET',
        { rotate: time('30d'), overlap: time('24h'), previous: 'AI_HMAC_SECRET_PREVIOUS' },
      ],
    ],
    met: ['systems/trading-journal/services/ai/start.test.ts', 'later'],
  },
  'CFG-05': {
    about: 'Vault or Secrets Manager; looked for before',
    for: 'C',
    C: [
      ['prod/secrets', present],
      ['prod/checklists', some({ items: some(/secrets/i) })],
      ['prod/security', said(/Vault|Secrets Manager/)],
    ],
    met: ['later'],
  },
  'CFG-06': {
    about: 'Secrets Manager; passwords of databases turn',
    for: 'K',
    K: [['production/secrets', all({ rotate: time('30d') }, { from: present })]],
    met: ['later'],
  },
  'CFG-07': {
    about: 'keys of brokers are encrypted',
    for: 'K',
    K: [['production/secrets', some({ role: /broker/i })]],
    met: ['systems/kianax/audit.test.ts'],
  },
  'CFG-08': {
    about: 'layers of settings, each looked at',
    for: 'P',
    met: ['kit/src/config.test.ts'],
  },
  'CFG-09': {
    about: '.env at home, a manager in production',
    for: 'P',
    P: [['prod/secrets', present]],
    met: ['kit/src/config.test.ts', 'src/targets/local'],
  },
  'CFG-10': {
    about: 'all turn after 90 days; a failure is told',
    for: 'P',
    P: [
      ['prod/secrets', allTurning('90d')],
      ['prod/alerts', some({ measure: /rotation/ })],
    ],
    met: ['later'],
  },
  'CFG-11': {
    about: 'what is kept: OAuth, JWT, keys of vendors, keys of encryption',
    for: 'M',
    M: [
      [
        'prod/secrets',
        (value) => {
          const names = Object.keys(value as object).join();
          return ['GOOGLE', 'GHL', 'STRIPE', 'JWT', 'RETELL', 'TWILIO', 'OPENROUTER', 'ENCRYPTION'].every(
            (name) => names.includes(name),
          )
            ? null
            : 'secrets of Google, GHL, Stripe, Retell, Twilio, OpenRouter, JWT and encryption';
        },
      ],
    ],
    met: ['src/targets/local'],
  },
  'CFG-12': {
    about: 'secrets are in no log',
    for: 'T',
    met: ['kit/src/log.test.ts', 'systems/trading-journal/journal.test.ts'],
  },
  'CFG-13': {
    about: 'copies of secrets, encrypted, elsewhere',
    for: 'M',
    M: [['prod/security', { audit: true, encryption: some(/secret/i) }]],
    met: [
      'src/recovery/control/control.test.ts',
      'src/recovery/repository/repository.test.ts',
      'src/recovery/repository/s3-depot.test.ts',
    ],
  },
  'FLG-01': {
    about: 'three flags, safe by default',
    for: 'T',
    T: [
      ['*/flags/HEURISTICS_ONLY', { default: true, killSwitch: true }],
      ['*/flags/FEATURE_VENDOR_FALLBACK', either(false, { default: false })],
      ['*/flags/FEATURE_BINANCE', either(false, { default: false })],
    ],
    met: ['systems/trading-journal/workers.test.ts'],
  },
  'FLG-02': {
    about: 'models, prices and kill switches by flag',
    for: 'K',
    K: [
      ['production/flags/ai_model', { values: present }],
      ['production/flags/pricing_experiment', (value) => (value === undefined ? 'a flag' : null)],
      ['production/flags/trading_enabled/killSwitch', true],
      ['production/flags/agent_enabled/killSwitch', true],
      ['production/vendors/statsig', present],
    ],
    met: ['kit/src/flags.test.ts', 'later'],
  },
  'RES-01': {
    about: 'bounded attempts, then a queue of the dead',
    for: 'T',
    T: [['*/queues', each({ retries: 5, backoff: time('1s'), backoffFactor: 2, deadLetters: present })]],
    met: ['systems/trading-journal/workers.test.ts'],
  },
  'RES-02': {
    about: 'Idempotency-Key',
    for: 'T',
    T: [['*/services/core/protection/idempotencyKept', time('24h')]],
    met: ['systems/trading-journal/journal.test.ts'],
  },
  'RES-03': {
    about: 'ai: signed, small, the same bytes',
    for: 'T',
    T: [
      ['*/services/ai/protection', { authentication: 'hmac', signatureSkew: time('5m'), bodyLimit: 256_000 }],
    ],
    met: ['systems/trading-journal/services/ai/start.test.ts'],
  },
  'RES-04': {
    about: 'SIGTERM: finish within 30 s, exit 0',
    for: 'P',
    P: [
      ['staging/services/app/shutdown', { drain: time('30s'), grace: time('40s') }],
      ['prod/services/app/shutdown', { drain: time('30s'), grace: time('40s') }],
    ],
    met: ['kit/src/service.test.ts', 'kit/src/run-service.test.ts'],
  },
  'RES-05': {
    about: 'breaker: 5 failures, 30 s, one trial',
    for: 'P',
    P: [['prod/services/app/resilience/breaker', { failures: 5, halfOpenAfter: time('30s'), trials: 1 }]],
    met: ['kit/src/resilience.test.ts'],
  },
  'RES-06': {
    about: 'waits of 0, 1, 2, 4 s; three repeated attempts',
    for: 'P',
    P: [
      [
        'prod/services/app/resilience/retries',
        {
          most: 3,
          waits: (value) => (String(value).startsWith('0,1000,2000,4000') ? null : '0 s, 1 s, 2 s, 4 s'),
        },
      ],
    ],
    met: ['kit/src/resilience.test.ts'],
  },
  'RES-07': {
    about: 'six limits of time',
    for: 'P',
    P: [
      [
        'prod/services/app/resilience/timeouts',
        {
          health: time('1s'),
          cache: time('100ms'),
          database: time('5s'),
          simulation: time('5s'),
          pdf: time('30s'),
          request: time('60s'),
        },
      ],
    ],
    met: ['systems/planner/services/app/planner.test.ts', 'kit/src/resilience.test.ts'],
  },
  'RES-08': {
    about: 'none, 100 and 60 a minute',
    for: 'P',
    P: [
      ['dev/services/app/protection/rateLimits', absent],
      ['staging/services/app/protection/rateLimits', some({ limit: rate('100/min'), per: 'ip' })],
      [
        'prod/services/app/protection/rateLimits',
        all({ limit: rate('60/min'), per: 'ip' }, { limit: rate('60/min'), per: 'user' }),
      ],
    ],
    met: ['kit/src/rate-limit.test.ts', 'systems/planner/services/app/planner.test.ts'],
  },
  'RES-09': {
    about: 'limits at the entry',
    for: 'TKM',
    T: [
      [
        'prod/services/edge/protection/rateLimits',
        all({ limit: rate('120/min') }, { limit: rate('20/min'), paths: some('/auth/login') }),
      ],
      ['prod/services/edge/env', { RATE_LIMIT_PER_MINUTE: 120, LOGIN_LIMIT_PER_MINUTE: 20 }],
    ],
    K: [['production/services/api-gateway/protection/rateLimits', some({ limit: rate('300/5min') })]],
    M: [['prod/services/api-gateway/protection/rateLimits', some({ limit: rate('600/min'), per: 'tenant' })]],
    met: ['kit/src/rate-limit.test.ts', 'systems/trading-journal/journal.test.ts', 'src/edge/limits.test.ts'],
  },
};

/** Every secret turns so often, but for those that are only the one before of another. */
function allTurning(often: string) {
  return (value: unknown) => {
    const secrets = (value ?? {}) as Record<string, { rotate?: number | null; previous?: string | null }>;
    const before = new Set(Object.values(secrets).map(({ previous }) => previous));
    const own = Object.entries(secrets).filter(([name]) => !before.has(name));
    const isGood = own.length > 0 && own.every(([, { rotate }]) => rotate === time(often));
    return isGood ? null : `each secret to turn every ${often}`;
  };
}
