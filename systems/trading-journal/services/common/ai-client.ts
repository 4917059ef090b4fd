import type { Breaker } from './breaker.ts';
import type { Clock } from './clock.ts';
import { signatureHeader, signBody } from './hmac.ts';
import { fail, messageOf, ok, type Result } from './result.ts';

export type AiPath = '/v1/indicators' | '/v1/coach';

/** Asks the coach, signed. `headers` carries the trail. Failures: see `askAi`, and `breaker_open`. */
export type AskAi = (
  path: AiPath,
  body: object,
  headers: Readonly<Record<string, string>>,
) => Promise<Result<object>>;

const patience = 10_000;

export function createAiClient(options: {
  readonly url: string;
  readonly secret: string;
  readonly clock: Clock;
  readonly breaker: Breaker;
}): AskAi {
  return (path, body, headers) => options.breaker.run(() => askAi(options, path, body, headers));
}

/** Failures: `ai_unreachable`, `ai_silent` (no answer within 10 s), `ai_failed` (5xx), `ai_refused` (4xx). */
export async function askAi(
  { url, secret, clock }: { url: string; secret: string; clock: Clock },
  path: AiPath,
  body: object,
  headers: Readonly<Record<string, string>>,
): Promise<Result<object>> {
  const text = JSON.stringify(body);
  const signature = signBody(secret, text, clock.now());
  const signal = AbortSignal.timeout(patience);
  try {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', [signatureHeader]: signature },
      body: text,
      signal,
    });
    const answer = await response.text();
    if (response.ok) return ok(JSON.parse(answer) as object);
    const code = response.status >= 500 ? 'ai_failed' : 'ai_refused';
    return fail(code, `The coach answered ${response.status}: ${answer.slice(0, 200)}`);
  } catch (reason) {
    if (signal.aborted) return fail('ai_silent', 'The coach did not answer within 10 s.');
    return fail('ai_unreachable', `The coach cannot be reached: ${messageOf(reason)}.`);
  }
}

/** Failures of the coach itself; they open the breaker. A request that it refuses is our own mistake. */
export const isOutage = (code: string): boolean =>
  ['ai_unreachable', 'ai_silent', 'ai_failed'].includes(code);
