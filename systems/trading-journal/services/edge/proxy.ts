import type { Context } from 'hono';
import { problem } from 'fairway-kit/hono';
import type { CallCore } from './core-client.ts';
import type { SessionWeb } from './guards.ts';

const prefix = '/api';
const passedOn = ['accept', 'content-type', 'idempotency-key'];
const passedBack = ['content-type', 'idempotency-replayed', 'retry-after'];

/** Hands a logged-in user's request to core and core's answer back, as it comes. */
export function proxy(callCore: CallCore): (c: Context<SessionWeb>) => Promise<Response> {
  return async (c) => {
    const { pathname, search } = new URL(c.req.url);
    const headers = passedOn.flatMap((name) => {
      const value = c.req.header(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const hasBody = c.req.method !== 'GET' && c.req.method !== 'HEAD';
    const answer = await callCore({
      method: c.req.method,
      path: `${pathname.slice(prefix.length)}${search}`,
      caller: { subject: c.get('session').userId, scope: 'user' },
      headers: Object.fromEntries(headers),
      body: hasBody ? await c.req.arrayBuffer() : null,
      signal: c.req.raw.signal,
    });
    if (!answer.ok) return problem(c, answer.code === 'core_silent' ? 504 : 502, answer.code, answer.detail);
    for (const name of passedBack) {
      const value = answer.value.headers.get(name);
      if (value !== null) c.header(name, value);
    }
    return c.newResponse(answer.value.body, answer.value.status as 200);
  };
}
