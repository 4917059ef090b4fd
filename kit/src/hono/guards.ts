import type { Context, MiddlewareHandler } from 'hono';
import type { Clock } from '../clock.ts';
import {
  idempotencyKey,
  isKeptHeader,
  isReading,
  keyMissing,
  largestBody,
  rateLimitHeaders,
  type Refusal,
  replayedHeader,
  tooLarge,
  tooMany,
} from '../guard.ts';
import { verify } from '../hmac.ts';
import type { Idempotency, KeptAnswer } from '../idempotency.ts';
import type { RateLimit } from '../rate-limit.ts';
import { problem } from './problem.ts';
import { rawBody } from './raw-body.ts';

/** Takes one token per request from the bucket of `keyOf`; without one 429. The address of a client is `currentRequest()?.address`. */
export function limited(rateLimit: RateLimit, keyOf: (c: Context) => string): MiddlewareHandler {
  return async (c, next) => {
    const taken = await rateLimit.take(keyOf(c));
    let response: Response | undefined;
    if (taken.allowed) await next();
    else response = refused(c, tooMany(taken));
    for (const [name, value] of Object.entries(rateLimitHeaders(rateLimit, taken)))
      if (response === undefined) c.header(name, value);
      else response.headers.set(name, value);
    return response;
  };
}

/**
 * What changes something is done once per Idempotency-Key and owner; the same request again gets the same answer. 400 without
 * the header, 409 while the first is under way, 422 with another body. Answers are kept as text.
 */
export function idempotent(
  idempotency: Idempotency,
  ownerOf: (c: Context) => string,
  { largest = largestBody }: { readonly largest?: number } = {},
): MiddlewareHandler {
  return async (c, next) => {
    if (isReading(c.req.method)) return next();
    const key = idempotencyKey(c.req.header('idempotency-key'));
    if (key === null) return refused(c, keyMissing);
    const body = await rawBody(c, largest);
    if (body === null) return refused(c, tooLarge(largest));
    const { method } = c.req;
    const outcome = await idempotency.run(
      { owner: ownerOf(c), key, method, path: pathOf(c), body },
      async () => {
        await next();
        return keptOf(c.res);
      },
    );
    if (!outcome.ok) {
      if (outcome.status === 409) c.header('retry-after', '1');
      return problem(c, outcome.status, outcome.code, outcome.sentence);
    }
    if (!outcome.replayed) return undefined;
    const { status, headers, body: kept } = outcome.answer;
    const hasBody = status !== 204 && status !== 304;
    return new Response(hasBody ? kept : null, { status, headers: { ...headers, [replayedHeader]: 'true' } });
  };
}

async function keptOf(response: Response): Promise<KeptAnswer> {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => isKeptHeader(name)));
  return { status: response.status, headers, body: await response.clone().text() };
}

/** Lets pass what was signed with one of the secrets (see `sign`); otherwise 401. */
export function signed({
  largest = largestBody,
  ...rules
}: {
  readonly secrets: readonly string[];
  /** Milliseconds that the caller's clock may differ. */
  readonly skew?: number;
  readonly clock: Clock;
  /** Bytes. */
  readonly largest?: number;
}): MiddlewareHandler {
  return async (c, next) => {
    const body = await rawBody(c, largest);
    if (body === null) return refused(c, tooLarge(largest));
    const verified = verify(rules, { method: c.req.method, path: pathOf(c), body, headers: c.req.header() });
    if (verified.ok) return next();
    return refused(c, { status: 401, code: verified.code, detail: verified.sentence });
  };
}

const refused = (c: Context, { status, code, detail }: Refusal) => problem(c, status, code, detail);

/** With the query, and as it was sent where node's own request is there. */
function pathOf(c: Context): string {
  const env = c.env as { readonly incoming?: { readonly url?: string } } | undefined;
  const { pathname, search } = new URL(c.req.url);
  return env?.incoming?.url ?? `${pathname}${search}`;
}
