import { defaultLoadPlan, type LoadPlan } from '#load';
import { millis } from '#kernel';

/** What the demonstration's users do: look who they are, list their trades, and keep a WebSocket open. */
export function demoPlan(target: string): LoadPlan {
  const get = (path: string, weight: number) => ({
    method: 'GET',
    path,
    headers: {},
    body: null,
    weight,
    expect: null,
  });
  return {
    ...defaultLoadPlan,
    target,
    rate: 100,
    users: 30,
    connections: 100,
    mix: [get('/auth/me', 6), get('/api/trades', 3), get('/healthz', 1)],
    session: {
      steps: [
        {
          method: 'POST',
          path: '/auth/login',
          headers: {},
          body: JSON.stringify({ email: 'demo@example.com', password: 'demo-password' }),
          expect: null,
        },
      ],
      csrf: { field: 'csrfToken', header: 'x-csrf-token' },
    },
    sockets: { count: 20, path: '/ws', headers: {}, traffic: { kind: 'ping', every: millis(5_000) } },
  };
}
