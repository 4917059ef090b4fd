import type { RateLimit, Taken } from './rate-limit.ts';

/** What a guard of any framework answers instead of the handler. */
export interface Refusal {
  readonly status: 400 | 401 | 409 | 413 | 422 | 429;
  readonly code: string;
  readonly detail: string;
}

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
export function rateLimitHeaders({ limit, per }: RateLimit, taken: Taken): Readonly<Record<string, string>> {
  if (limit === 0) return {};
  const reset = taken.allowed ? Math.ceil(per / limit / 1_000) : seconds(taken.retryAfter);
  return {
    'ratelimit-policy': `"default";q=${limit};w=${seconds(per)}`,
    ratelimit: `"default";r=${taken.remaining};t=${reset}`,
    ...(taken.allowed ? {} : { 'retry-after': String(seconds(taken.retryAfter)) }),
  };
}

const seconds = (millis: number) => Math.max(1, Math.ceil(millis / 1_000));

export const tooMany = (taken: Taken): Refusal => ({
  status: 429,
  code: 'too_many_requests',
  detail: `Too many requests. Try again in ${seconds(taken.retryAfter)} s.`,
});

/** The header Idempotency-Key, which may stand in quotes; null when there is none that can be used. */
export function idempotencyKey(header: string | undefined): string | null {
  const key = header?.replace(/^"(.*)"$/, '$1') ?? '';
  return /^[!-~]{1,255}$/.test(key) ? key : null;
}

export const keyMissing: Refusal = {
  status: 400,
  code: 'idempotency_key_missing',
  detail: 'Send the header Idempotency-Key with 1 to 255 visible characters, new for each new request.',
};

export const tooLarge = (largest: number): Refusal => ({
  status: 413,
  code: 'body_too_large',
  detail: `The body may have ${largest} bytes.`,
});

export const largestBody = 1_000_000;

/** GET and HEAD change nothing: nothing has to be done once only. */
export const isReading = (method: string): boolean =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

/** Headers that are not given again with a kept answer: of the connection, or of somebody's session. */
export const isKeptHeader = (name: string): boolean =>
  !['set-cookie', 'content-length', 'connection', 'transfer-encoding', 'date', 'x-request-id'].includes(name);

export const replayedHeader = 'idempotency-replayed';
