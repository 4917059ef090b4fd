import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { signatureHeader, verifyBody } from '../common/hmac.ts';
import type { Result } from '../common/result.ts';
import type { Host, Parts } from '../common/service.ts';
import { optionalSecret, secret } from '../common/settings.ts';
import { problem, type Web } from '../common/web.ts';
import { coach } from './coach.ts';
import { indicators } from './indicators.ts';

export const aiSettings = {
  hmacSecret: secret('AI_HMAC_SECRET'),
  previousHmacSecret: optionalSecret('AI_HMAC_SECRET_PREVIOUS'),
} as const;

const largestBody = 256 * 1_024;

/**
 * The coach: computes indicators and looks at a trader's notes. The same request has the same answer, bit by bit, on
 * every replica and version; it keeps nothing and asks nobody.
 */
export function startAi({ settings, clock }: Host<typeof aiSettings>): Promise<Parts> {
  const app = new Hono<Web>();
  // Both secrets are good while they are rotated, so that callers may change over one after the other.
  const secrets = [settings.hmacSecret, settings.previousHmacSecret].filter((each) => each !== null);
  const limit = bodyLimit({
    maxSize: largestBody,
    onError: (c) => problem(c, 413, 'body_too_large', 'The body may have 256 KB.'),
  });
  const signed: MiddlewareHandler<Web> = async (c, next) => {
    const body = Buffer.from(await c.req.arrayBuffer());
    const verified = verifyBody(secrets, body, c.req.header(signatureHeader), clock.now());
    return verified.ok ? next() : problem(c, 401, verified.code, verified.detail);
  };
  const answers = (work: (body: string) => Result<object>) => async (c: Parameters<typeof problem>[0]) => {
    const result = work(await c.req.text());
    return result.ok ? c.json(result.value) : problem(c, 422, result.code, result.detail);
  };

  app.post('/v1/indicators', limit, signed, answers(indicators));
  app.post('/v1/coach', limit, signed, answers(coach));
  return Promise.resolve({ app, ready: {}, close: () => Promise.resolve() });
}
