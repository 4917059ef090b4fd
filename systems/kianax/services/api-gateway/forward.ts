import { type Clock, createPolicy, type Metrics, outgoingHeaders } from 'fairway-kit';
import { problem, rawBody } from 'fairway-kit/hono';
import type { Context } from 'hono';

export interface Forwarding {
  readonly path: string;
  /** Besides what the browser sent of the headers that are passed on. */
  readonly headers: Readonly<Record<string, string>>;
}
export type Forward = (c: Context, to: Forwarding) => Promise<Response>;

const passedOn = ['accept', 'content-type', 'idempotency-key', 'user-agent', 'if-none-match'];
const passedBack = [
  ...['content-type', 'location', 'retry-after', 'etag', 'content-disposition', 'cache-control'],
  ...['content-security-policy', 'x-content-type-options', 'referrer-policy', 'permissions-policy'],
  ...['x-frame-options', 'cross-origin-opener-policy'],
];
const largestBody = 64_000;

/**
 * Passes requests on to one service and its answers back, also those that say no. Only reading is tried again; a service that
 * does not answer is 503, and is left alone for a while when that goes on.
 */
export function createForward(
  { name, base, timeout }: { name: string; base: string; timeout: number },
  world: { readonly clock: Clock; readonly metrics: Metrics },
): Forward {
  const policy = createPolicy({ name, timeout, retries: { most: 1, waits: [0, 200] } }, world);
  return async (c, { path, headers }) => {
    const { method } = c.req;
    const isReading = method === 'GET' || method === 'HEAD';
    const body = isReading ? new Uint8Array() : await rawBody(c, largestBody);
    if (body === null) return problem(c, 413, 'body_too_large', `The body may have ${largestBody} bytes.`);
    const request = {
      method,
      headers: { ...chosen((header) => c.req.header(header)), ...outgoingHeaders(), ...headers },
      body: body.byteLength === 0 ? null : new Uint8Array(body),
      redirect: 'manual' as const,
    };
    try {
      const response = await policy.run((signal) => fetch(base + path, { ...request, signal }), {
        mayRetry: isReading,
      });
      return new Response(response.body, { status: response.status, headers: backOf(response.headers) });
    } catch {
      c.header('retry-after', '1');
      return problem(c, 503, 'service_away', `The service ${name} does not answer. Try again.`);
    }
  };
}

function chosen(header: (name: string) => string | undefined): Record<string, string> {
  return Object.fromEntries(
    passedOn.flatMap((name) => {
      const value = header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function backOf(given: Headers): Headers {
  const headers = new Headers();
  for (const name of passedBack) {
    const value = given.get(name);
    if (value !== null) headers.set(name, value);
  }
  for (const cookie of given.getSetCookie()) headers.append('set-cookie', cookie);
  return headers;
}
