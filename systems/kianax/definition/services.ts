import type { SystemInput } from 'fairway';

const common = ['services/common'];
const probes = { live: '/health', ready: '/ready', startup: '/startup' };
const node = { include: common, command: ['node', 'main.ts'] as [string, ...string[]], probes };
const small = { memory: '512MiB', cpu: '500m' };
const hidden = {
  ...node,
  exposure: 'private',
  resources: small,
  protection: { authentication: 'jwt', bodyLimit: '64KB' },
} as const;

/** What is public is the frontend and the gateway; the rest is reached by the gateway, or by another service. */
export const services = {
  frontend: {
    ...node,
    role: 'The page: quotes, orders, trades, the audit trail. Files only',
    folder: 'services/frontend',
    exposure: 'public',
    routes: ['/*'],
    port: 3000,
    calls: { 'api-gateway': 'https' },
    resources: small,
  },
  'api-gateway': {
    ...node,
    role: 'Knows who asks, hands it on to the services, keeps WebSockets for quotes and notifications',
    folder: 'services/api-gateway',
    exposure: 'public',
    routes: ['/api/*', '/ws'],
    port: 8080,
    endpoints: ['/api/*', 'GET /ws', 'GET /api/me/export', 'DELETE /api/me'],
    needs: ['auth', 'trading', 'agent', 'market-data', 'notification', 'cache'],
    calls: { auth: 'https', trading: 'https', agent: 'https', 'market-data': 'https', notification: 'https' },
    affinity: { cookie: 'kianax_arm', lifetime: '7d' },
    resources: small,
    protection: {
      authentication: 'cookie',
      csrf: true,
      firewall: true,
      bodyLimit: '64KB',
      headers: ['Strict-Transport-Security', 'X-Content-Type-Options', 'Referrer-Policy', 'Cache-Control'],
      rateLimits: { address: { limit: '300/5min', per: 'ip', burst: 100 } },
    },
  },
  auth: {
    ...hidden,
    role: 'Email and password (scrypt), GitHub, Google, second factor; sessions of 7 days in signed cookies',
    folder: 'services/auth',
    port: 8081,
    endpoints: ['/api/auth/*', 'GET /session', 'GET /me/export', 'DELETE /me'],
    needs: ['database', 'cache'],
    vendors: ['github', 'google'],
    secrets: ['AUTH_SECRET', 'JWT_SECRET', 'GITHUB_CLIENT_SECRET', 'GOOGLE_CLIENT_SECRET', 'PROBE_PASSWORD'],
    protection: { authentication: 'oauth', audit: true },
  },
  trading: {
    ...hidden,
    role: 'Orders and trades, keys of brokers encrypted with AES-256, an audit that nobody can change',
    folder: 'services/trading',
    port: 8082,
    endpoints: [
      'POST /orders',
      'GET /orders',
      'GET /trades',
      'GET /broker',
      'PUT /broker',
      'DELETE /broker',
      'GET /audit',
      'GET /audit/verify',
    ],
    needs: ['database', 'market-data', 'notification'],
    calls: { 'market-data': 'https', notification: 'https' },
    vendors: ['broker', 'statsig'],
    secrets: ['JWT_SECRET', 'BROKER_KEY'],
    protection: {
      ...hidden.protection,
      audit: true,
      inputs: { quantity: { min: 1, max: 10_000, unit: 'shares' } },
    },
  },
  agent: {
    ...hidden,
    role: 'Proposes an order; its model is chosen by flag',
    folder: 'services/agent',
    port: 8083,
    endpoints: ['POST /proposals', 'GET /proposals'],
    needs: ['database', 'market-data'],
    calls: { 'market-data': 'https' },
    vendors: ['openai', 'statsig'],
    secrets: ['JWT_SECRET', 'OPENAI_API_KEY'],
  },
  'market-data': {
    ...hidden,
    role: 'Quotes of Polygon: cached, published, streamed',
    folder: 'services/market-data',
    port: 8084,
    endpoints: ['GET /quotes', 'GET /quotes/{symbol}'],
    needs: ['cache'],
    vendors: ['polygon'],
    secrets: ['POLYGON_API_KEY'],
    protection: { bodyLimit: '64KB' },
  },
  notification: {
    ...hidden,
    role: 'Keeps what users are told, and publishes it to their browsers',
    folder: 'services/notification',
    port: 8085,
    endpoints: ['GET /notifications', 'POST /notifications', 'POST /notifications/{id}/read'],
    needs: ['database', 'cache'],
    secrets: ['JWT_SECRET'],
  },
} satisfies SystemInput['services'];
