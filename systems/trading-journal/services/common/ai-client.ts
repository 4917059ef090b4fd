import {
  BreakerOpenError,
  type ClientOptions,
  type Clock,
  createClient,
  type Log,
  messageOf,
  type Metrics,
  TimeoutError,
} from 'fairway-kit';
import { fail, ok, type Result } from './result.ts';

export type AiPath = '/v1/indicators' | '/v1/coach';

/**
 * Asks the coach, signed; the request under way hands on its trace. Failures: `ai_unreachable`, `ai_silent` (no answer within
 * 10 s), `ai_failed` (5xx), `ai_refused` (4xx), `breaker_open`.
 */
export type AskAi = (path: AiPath, body: object, signal?: AbortSignal) => Promise<Result<object>>;

const patience = 10_000;

/** Retries only where they are asked for: behind a queue it is the job that is tried again. */
export function createAiClient(
  options: Pick<ClientOptions, 'headers' | 'retries'> & {
    readonly name?: string;
    readonly url: string;
    readonly secret: string;
  },
  world: { readonly log?: Log; readonly metrics?: Metrics; readonly clock?: Clock } = {},
): AskAi {
  const { name = 'ai', url, secret, headers = {}, retries = null } = options;
  const client = createClient(
    { name, base: url, timeout: patience, hmac: { secret }, headers, retries },
    world,
  );
  return async (path, body, signal) => {
    try {
      // The same request has the same answer: it may be sent again.
      const call = { body, idempotent: true, ...(signal && { signal }) };
      const { status, body: answer } = await client.call('POST', path, call);
      if (status < 300 && typeof answer === 'object' && answer !== null) return ok(answer);
      const shown = typeof answer === 'string' ? answer : JSON.stringify(answer);
      const code = status >= 500 ? 'ai_failed' : 'ai_refused';
      return fail(code, `The coach answered ${status}: ${shown.slice(0, 200)}`);
    } catch (reason) {
      if (reason instanceof BreakerOpenError)
        return fail(
          'breaker_open',
          'The last calls of the coach failed; the next trial comes within 30 seconds.',
        );
      if (reason instanceof TimeoutError) return fail('ai_silent', 'The coach did not answer within 10 s.');
      return fail('ai_unreachable', `The coach cannot be reached: ${messageOf(reason)}.`);
    }
  };
}
