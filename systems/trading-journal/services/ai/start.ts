import { type Host, optionalSecret, type Parts, secret } from 'fairway-kit';
import { honoHandler, problem, signed } from 'fairway-kit/hono';
import { createApp } from '../common/app.ts';
import type { Result } from '../common/result.ts';
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
export function startAi({ settings, clock, log }: Host<typeof aiSettings>): Promise<Parts> {
  const app = createApp(log);
  // Both secrets are good while they are rotated, so that callers may change over one after the other.
  const secrets = [settings.hmacSecret, settings.previousHmacSecret].filter((each) => each !== null);
  const guard = signed({ secrets, clock, largest: largestBody });
  const answers = (work: (body: string) => Result<object>) => async (c: Parameters<typeof problem>[0]) => {
    const result = work(await c.req.text());
    return result.ok ? c.json(result.value) : problem(c, 422, result.code, result.detail);
  };

  app.post('/v1/indicators', guard, answers(indicators));
  app.post('/v1/coach', guard, answers(coach));
  return Promise.resolve({ handler: honoHandler(app) });
}
