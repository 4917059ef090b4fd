import type { SystemInput } from 'fairway';

const check = {
  kind: 'command' as const,
  folder: 'checks',
  include: ['services/common'],
  every: '60s',
  timeout: '30s',
};

/** What a release has to prove as long as it is held, and the system all the time. */
export const checks = {
  login: {
    ...check,
    role: 'GET /auth/me with a cookie, 50 times: 95th percentile below 250 ms',
    command: ['node', 'login.ts'],
    secrets: ['PROBE_PASSWORD'],
    needs: ['edge'],
  },
  reflect: {
    ...check,
    role: 'A synthetic row of the outbox reaches a WebSocket in less than 3 s',
    command: ['node', 'reflect.ts'],
    secrets: ['PROBE_PASSWORD'],
    needs: ['edge', 'database'],
  },
  import: {
    ...check,
    role: 'A synthetic import is at 100% in less than 60 s',
    command: ['node', 'import.ts'],
    secrets: ['PROBE_PASSWORD'],
    needs: ['edge', 'workers'],
    timeout: '75s',
  },
  ai: {
    ...check,
    role: 'Indicators of a fixture have the same hash as ever',
    command: ['node', 'ai.ts'],
    needs: ['ai'],
    secrets: ['AI_HMAC_SECRET'],
  },
} satisfies SystemInput['checks'];

/** All of them: what a gate asks for. */
export const slo = ['login', 'reflect', 'import', 'ai'];
