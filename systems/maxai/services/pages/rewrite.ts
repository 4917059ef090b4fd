import { type Clock, createClient, isFromOwnPage, type Log, type Metrics } from 'fairway-kit';
import { problem, rawBody } from 'fairway-kit/hono';
import type { Handler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

const inward = ['content-type', 'cookie', 'idempotency-key', 'sec-fetch-site'];
const outward = ['content-type', 'cache-control', 'location', 'retry-after'];

/**
 * Leads `/api/*` of a page's own address to the gateway, where no load balancer does it: in development. Cookies then belong to
 * one address, as they do behind the balancer.
 */
export function toGateway(
  gateway: string | null,
  world: { log: Log; metrics: Metrics; clock: Clock },
): Handler {
  if (gateway === null) return (c) => problem(c, 404, 'not_found', 'The API is at another address.');
  const client = createClient(
    { name: 'api-gateway', base: gateway, timeout: 40_000, retries: { most: 0 } },
    world,
  );
  return async (c) => {
    const given = inward.flatMap((name) => {
      const value = c.req.header(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    // The gateway does not see which host the browser asked: so it is judged here.
    if (!['GET', 'HEAD'].includes(c.req.method) && !isFromOwnPage(c.req.header()))
      return problem(c, 403, 'another_site', 'Another site may not write in your name.');
    const { pathname, search } = new URL(c.req.url);
    const hasBody = ['POST', 'PUT'].includes(c.req.method);
    const body = hasBody ? await rawBody(c, 1_000_000) : undefined;
    if (body === null) return problem(c, 413, 'body_too_large', 'The body may have 1 MB.');
    try {
      const answer = await client.call(c.req.method, pathname + search, {
        headers: Object.fromEntries(given),
        ...(body === undefined ? {} : { body: body.toString('utf8') }),
      });
      for (const name of outward) {
        const value = answer.headers.get(name);
        if (value !== null) c.header(name, value);
      }
      for (const cookie of answer.headers.getSetCookie()) c.header('set-cookie', cookie, { append: true });
      if (answer.status === 204 || answer.status === 302) return c.body(null, answer.status);
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      return c.body(text, answer.status as ContentfulStatusCode);
    } catch {
      return problem(c, 503, 'gateway_away', 'The API does not answer. Try again.');
    }
  };
}
