import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}

export interface Message {
  readonly topic: string;
  readonly data: Record<string, unknown>;
}

/** Somebody who has logged in at an edge. */
export async function logIn(edge: string, email: string, password = 'demo-password') {
  const login = await ask(`${edge}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const cookie = login.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const csrf = String(login.body['csrfToken']);
  return {
    login,
    cookie,
    csrf,
    get: (path: string) => ask(`${edge}${path}`, { headers: { cookie } }),
    post: (path: string, body: object, headers: Record<string, string> = {}) =>
      ask(`${edge}${path}`, {
        method: 'POST',
        headers: {
          cookie,
          'x-csrf-token': csrf,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
          ...headers,
        },
        body: JSON.stringify(body),
      }),
    remove: (path: string) =>
      ask(`${edge}${path}`, { method: 'DELETE', headers: { cookie, 'x-csrf-token': csrf } }),
    socket: () => openSocket(edge, { cookie }),
  };
}

/** Resolves when the edge has said welcome; rejects with the status when it refuses. */
export function openSocket(edge: string, headers: Record<string, string>) {
  const socket = new WebSocket(`${edge}/ws`, { headers });
  const messages: Message[] = [];
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
  return new Promise<{ socket: WebSocket; messages: Message[]; closed: Promise<number> }>(
    (resolve, reject) => {
      socket.once('error', reject);
      socket.once('message', () => resolve({ socket, messages, closed }));
    },
  );
}
