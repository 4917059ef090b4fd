/** The load that proves the system: users of development log in, read their prompts and write some. */
export const proof = {
  entry: 'api-gateway',
  release: 'api-gateway',
  rate: 60,
  users: 40,
  mix: [
    { method: 'GET', path: '/api/prompts', headers: {}, body: null, weight: 6, expect: [200] },
    { method: 'GET', path: '/api/auth/me', headers: {}, body: null, weight: 2, expect: [200] },
    {
      method: 'POST',
      path: '/api/prompts',
      headers: { 'idempotency-key': 'load-{user}-{request}' },
      body: '{"title":"Load {request}","body":"Written by user {user} of the load."}',
      weight: 2,
      expect: [201],
    },
  ],
  session: {
    steps: [
      {
        method: 'POST',
        path: '/api/auth/login',
        headers: {},
        body: '{"email":"user{user}@dev.maxai.io","password":"maxai-on-my-laptop"}',
        expect: [200],
      },
    ],
    csrf: null,
  },
  sockets: null,
};
