/** The load that proves the system: reads of all kinds and writes, each with its key, by users who have logged in. */
const as = { 'content-type': 'application/json' };

export const proof = {
  entry: 'customer-service',
  release: 'customer-service',
  rate: 60,
  users: 40,
  mix: [
    { method: 'GET', path: '/customers?limit=20', headers: {}, body: null, weight: 5, expect: [200] },
    { method: 'GET', path: '/customers?search=harbour', headers: {}, body: null, weight: 2, expect: [200] },
    {
      method: 'GET',
      path: '/customers/4fb7c87c-296b-864b-a983-664706e4d76c', // the last one of the seed
      headers: {},
      body: null,
      weight: 5,
      expect: [200],
    },
    {
      method: 'POST',
      path: '/customers',
      headers: { ...as, 'idempotency-key': 'load-{request}' },
      body: '{"name":"Load {request}","email":"load-{request}@example.com"}',
      weight: 2,
      expect: [201],
    },
  ],
  session: {
    steps: [
      {
        method: 'POST',
        path: '/auth/login',
        headers: as,
        body: '{"email":"agent@demo.example.com","password":"demo-password"}',
        expect: [200],
      },
    ],
    csrf: null,
  },
  sockets: null,
};
