/** The load that proves the system: users that look at prices and their trades, and now and then buy a share. */
export const proof = {
  entry: 'api-gateway',
  release: 'api-gateway',
  rate: 60,
  users: 40,
  mix: [
    { method: 'GET', path: '/api/quotes', headers: {}, body: null, weight: 5, expect: [200] },
    { method: 'GET', path: '/api/me', headers: {}, body: null, weight: 2, expect: [200] },
    { method: 'GET', path: '/api/trades', headers: {}, body: null, weight: 2, expect: [200] },
    {
      method: 'POST',
      path: '/api/orders',
      headers: { 'idempotency-key': 'proof-{request}' },
      body: '{"symbol":"SPY","side":"buy","quantity":1,"limitCents":null}',
      weight: 1,
      expect: [200, 201],
    },
  ],
  session: {
    steps: [
      {
        method: 'POST',
        path: '/api/auth/sign-in/email',
        headers: {},
        body: '{"email":"user-{user}@kianax.example","password":"kianax-development"}',
        expect: [200],
      },
    ],
    csrf: null,
  },
  sockets: { count: 20, path: '/ws', headers: {}, traffic: { kind: 'ping', every: 5_000 } },
};
