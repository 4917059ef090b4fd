import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { permissions } from '#api';
import { type Clock, instant, type Instant } from '#kernel';
import type { Store } from '#ports';
import { createMemoryStore } from '#store';
import { refuse } from '../refuse.ts';
import { type Access, approvalRefusalOf, createAccess } from './index.ts';

/** A clock that stands until it is moved. */
export function handClock(start = 1_000_000_000): Clock & { move(by: number): void } {
  let now = start;
  return {
    now: (): Instant => instant(now),
    sleep: () => Promise.resolve(),
    move: (by) => (now += by),
  };
}

export const key = 'k'.repeat(64);
export const ownOrigin = 'http://127.0.0.1:4040';

export interface Sent {
  readonly body?: unknown;
  readonly bearer?: string;
  readonly cookie?: string;
  readonly origin?: string;
  readonly host?: string;
  readonly site?: string;
}

/** Access before an app with one route for each permission, which is answered by who asked. */
export function anAccess(
  given: { store?: Store; origin?: string; clock?: ReturnType<typeof handClock> } = {},
) {
  const clock = given.clock ?? handClock();
  const store = given.store ?? createMemoryStore({ clock });
  const origin = given.origin ?? ownOrigin;
  const access = createAccess({
    store,
    clock,
    bytes: randomBytes,
    key: () => key,
    user: 'ann',
    origin,
    system: 'shop',
  });
  const app = appOf(access);
  async function send(method: string, path: string, sent: Sent = {}) {
    const headers = new Headers({ host: sent.host ?? new URL(origin).host });
    if (sent.bearer !== undefined) headers.set('authorization', `Bearer ${sent.bearer}`);
    if (sent.cookie !== undefined) headers.set('cookie', sent.cookie);
    if (sent.origin !== undefined) headers.set('origin', sent.origin);
    if (sent.site !== undefined) headers.set('sec-fetch-site', sent.site);
    const body = sent.body === undefined ? {} : { body: JSON.stringify(sent.body) };
    const answer = await app.request(path, { method, headers, ...body });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: json(text), text };
  }
  const withKey = (method: string, path: string, body?: unknown) => send(method, path, { bearer: key, body });
  /** Makes a token; its secret and id. */
  async function token(role: string, days: number | null = 90, name = `a-${role}`) {
    const made = await withKey('POST', '/v1/access/tokens', { by: 'ann', name, role, days });
    return { secret: String(made.body['token']), id: String(made.body['id']) };
  }
  /** Logs in; the cookie as a browser would send it. */
  async function login(body: { token: string } | { code: string }) {
    const answer = await send('POST', '/v1/access/session', { body, origin });
    return { ...answer, cookie: (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '' };
  }
  /** The code of a new link. */
  async function code() {
    const made = await withKey('POST', '/v1/access/links', { by: 'ann' });
    return codeIn(String(made.body['url']));
  }
  return { access, app, clock, store, send, withKey, token, login, code };
}

export const codeIn = (url: string) => url.split('#code=')[1] ?? '';

function appOf(access: Access): Hono {
  const app = new Hono();
  app.use(access.identify);
  access.routes(app);
  for (const needs of permissions) {
    app.get(`/v1/may/${needs}`, access.permit(needs), (context) => context.json({ may: needs }));
    app.post(`/v1/may/${needs}`, access.permit(needs), (context) => context.json({ may: needs }));
  }
  app.get('/v1/may/agree/:role', access.permit('approve'), (context) => {
    const refusal = approvalRefusalOf(context, context.req.param('role'));
    return refusal === null ? context.json({ may: 'agree' }) : refuse(context, refusal);
  });
  app.get('/', (context) => context.text('page'));
  return app;
}

function json(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
