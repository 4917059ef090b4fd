import { randomUUID } from 'node:crypto';
import { demoPassword } from '../services/common/demo.ts';
import { type CheckWorld, httpProtocols, optionalSecret, text, url } from 'fairway-kit/check';

export const edgeAccess = {
  edgeUrl: url('EDGE_URL', httpProtocols),
  email: text('PROBE_EMAIL', 'probe@example.com'),
  password: optionalSecret('PROBE_PASSWORD'),
} as const;

/** The edge as a logged-in browser sees it. */
export interface Visitor {
  readonly userId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Rejects unless the answer is 2xx. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Record<string, unknown>>;
  logOut(): Promise<void>;
}

export async function visit({ settings, signal, arm }: CheckWorld<typeof edgeAccess>): Promise<Visitor> {
  const { edgeUrl, email, password } = settings;
  const login = await fetch(new URL('/auth/login', edgeUrl), {
    method: 'POST',
    headers: { ...arm, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: password ?? demoPassword }),
    signal,
  });
  if (!login.ok) throw new Error(`POST /auth/login answered ${login.status}`);
  const { user, csrfToken } = (await login.json()) as { user: { id: string }; csrfToken: string };
  const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  const headers = { ...arm, cookie: cookie.join('; '), 'x-csrf-token': csrfToken };
  const ask: Visitor['ask'] = async (method, path, body) => {
    const ofPost =
      method === 'POST' ? { 'content-type': 'application/json', 'idempotency-key': randomUUID() } : {};
    const response = await fetch(new URL(path, edgeUrl), {
      method,
      headers: { ...headers, ...ofPost },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
    return answer === '' ? {} : (JSON.parse(answer) as Record<string, unknown>);
  };
  // What was measured stands, whether or not the session could be ended; it ends by itself.
  const logOut = () =>
    ask('POST', '/auth/logout').then(
      () => undefined,
      () => undefined,
    );
  return { userId: user.id, headers, ask, logOut };
}
