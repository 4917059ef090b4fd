import { randomUUID } from 'node:crypto';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : { text };
  return { status: response.status, headers: response.headers, body };
}

export const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Somebody who has logged in. */
export async function logIn(base: string, role: string, password = 'demo-password') {
  const login = await post(`${base}/auth/login`, { email: `${role}@demo.example.com`, password });
  if (login.status !== 200) throw new Error(`login answered ${login.status}`);
  return asCaller(base, String(login.body['accessToken']), String(login.body['refreshToken']));
}

export function asCaller(base: string, accessToken: string, refreshToken: string) {
  const authorization = `Bearer ${accessToken}`;
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    ask(`${base}${path}`, {
      method,
      headers: {
        authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    accessToken,
    refreshToken,
    send,
    get: (path: string) => send('GET', path),
    add: (fields: object, key: string = randomUUID()) =>
      send('POST', '/customers', fields, { 'idempotency-key': key }),
  };
}

/** Asks again until it holds. */
export async function eventually<T>(
  look: () => Promise<T>,
  holds: (found: T) => boolean,
  what: string,
  seconds = 15,
): Promise<T> {
  for (const end = performance.now() + seconds * 1_000; ; ) {
    const found = await look();
    if (holds(found)) return found;
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
