/** The load that proves the system: people who open the page, move sliders and ask for words. */
const plan = '"portfolio":{user}00000,"spending":20000,"years":20,"equity":60,"scenarios":200';
const json = { 'content-type': 'application/json', 'idempotency-key': '{request}' };

export const proof = {
  entry: 'app',
  release: 'app',
  rate: 60,
  users: 40,
  mix: [
    { method: 'GET', path: '/', headers: {}, body: null, weight: 4, expect: null },
    { method: 'GET', path: '/api/settings', headers: {}, body: null, weight: 2, expect: null },
    // Each one is another simulation, kept in the database.
    {
      method: 'POST',
      path: '/api/simulations',
      headers: json,
      body: `{${plan},"seed":{request}}`,
      weight: 2,
      expect: null,
    },
    // The same for each user: found in the cache after the first time.
    {
      method: 'POST',
      path: '/api/simulations',
      headers: json,
      body: `{${plan},"seed":1}`,
      weight: 3,
      expect: null,
    },
    {
      method: 'POST',
      path: '/api/analysis',
      headers: json,
      body: `{${plan},"seed":1}`,
      weight: 1,
      expect: null,
    },
  ],
  session: null,
  sockets: null,
};
