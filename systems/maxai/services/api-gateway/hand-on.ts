import type { Client, ClientResponse } from 'fairway-kit';
import { problem, rawBody } from 'fairway-kit/hono';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Tokens } from '../common/tokens.ts';
import type { Web } from './service.ts';

const inward = ['content-type', 'idempotency-key', 'cookie'];
const largestBody = 1_000_000;
const outward = ['content-type', 'cache-control', 'location', 'retry-after', 'idempotency-replayed'];

/** Asks the service that answers this path, in the caller's name, and gives its answer back. */
export async function handOn(c: Context<Web>, { client, inside }: { client: Client; inside: Tokens }) {
  const { caller, route } = c.var;
  const headers: Record<string, string> = {};
  for (const name of inward) {
    const value = c.req.header(name);
    // Cookies are for logging in; behind the gateway it is its own word that counts.
    if (value !== undefined && (name !== 'cookie' || route.session === 'none')) headers[name] = value;
  }
  if (caller !== null) headers['authorization'] = `Bearer ${await inside.issue(caller)}`;
  const hasBody = !['GET', 'HEAD', 'DELETE'].includes(c.req.method);
  const body = hasBody ? await rawBody(c, largestBody) : undefined;
  if (body === null) return problem(c, 413, 'body_too_large', 'The body may have 1 MB.');
  const { pathname, search } = new URL(c.req.url);
  try {
    const response = await client.call(c.req.method, pathname + search, {
      headers,
      signal: c.req.raw.signal,
      ...(body === undefined ? {} : { body: body.toString('utf8') }),
    });
    return answered(c, response);
  } catch (reason) {
    if (c.req.raw.signal.aborted) throw reason;
    c.header('retry-after', '1');
    return problem(c, 503, 'service_away', `${route.upstream} does not answer. Try again.`);
  }
}

function answered(c: Context<Web>, { status, body, headers }: ClientResponse): Response {
  for (const name of outward) {
    const value = headers.get(name);
    if (value !== null) c.header(name, value);
  }
  for (const cookie of headers.getSetCookie()) c.header('set-cookie', cookie, { append: true });
  // What somebody sees with his session is nobody else's: only public answers may be kept by others.
  if (!headers.has('cache-control') || c.var.route.session === 'needed')
    c.header('cache-control', 'no-store');
  if (status === 204 || body === '') return c.body(null, status as 204);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return c.body(text, status as ContentfulStatusCode);
}
