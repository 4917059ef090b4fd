const get = (path: string, weight: number) => ({
  method: 'GET',
  path,
  headers: {},
  body: null as string | null,
  weight,
  expect: null as number[] | null,
});

/** The load under which the system proves itself: who am I, my trades, one trade in ten requests, and open WebSockets. */
export const proof = {
  entry: 'edge',
  release: 'edge',
  rate: 60,
  users: 40,
  mix: [
    get('/auth/me', 6),
    get('/api/trades?limit=20', 3),
    {
      method: 'POST',
      path: '/api/trades',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'proof-of-user-{user}-{request}' },
      body: JSON.stringify({
        symbol: 'PROOF',
        side: 'buy',
        quantity: '1',
        price: '100.5',
        executedAt: '2025-01-15T10:00:00Z',
      }),
      weight: 1,
      expect: [201],
    },
  ],
  session: {
    steps: [
      {
        method: 'POST',
        path: '/auth/login',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'demo@example.com', password: 'demo-password' }),
        expect: [200],
      },
    ],
    csrf: { field: 'csrfToken', header: 'x-csrf-token' },
  },
  sockets: { count: 20, path: '/ws', headers: {}, traffic: { kind: 'ping', every: 5_000 } },
};
