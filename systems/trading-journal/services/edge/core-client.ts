import { type Clock, messageOf, outgoingHeaders } from 'fairway-kit';
import { fail, ok, type Result } from '../common/result.ts';
import type { Caller, Tokens } from '../common/tokens.ts';

export interface CoreCall {
  readonly method: string;
  readonly path: string;
  readonly caller: Caller;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ArrayBuffer | null;
  readonly signal?: AbortSignal;
}

/** Calls core with a token for this one call. Failures: `core_unreachable`, `core_silent`. */
export type CallCore = (call: CoreCall) => Promise<Result<Response>>;

const patience = 30_000;

/**
 * What only reads is asked a second time when the connection broke before there was an answer: a replica of core may
 * just have been replaced. What writes is not; its caller has the Idempotency-Key to do so.
 */
export function createCoreClient(options: { url: string; tokens: Tokens; clock: Clock }): CallCore {
  return async (call) => {
    const mayRepeat = call.method === 'GET' || call.method === 'HEAD';
    const first = await callOnce(options, call);
    if (first.ok || !mayRepeat || first.code !== 'core_unreachable') return first;
    await options.clock.sleep(20, call.signal);
    return callOnce(options, call);
  };
}

async function callOnce(
  { url, tokens }: { url: string; tokens: Tokens },
  { method, path, caller, headers, body = null, signal }: CoreCall,
): Promise<Result<Response>> {
  const over = AbortSignal.timeout(patience);
  const authorization = `Bearer ${await tokens.issue(caller)}`;
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
      method,
      headers: { ...headers, ...outgoingHeaders(), authorization },
      redirect: 'manual',
      signal: signal === undefined ? over : AbortSignal.any([over, signal]),
      body,
    });
    return ok(response);
  } catch (reason) {
    if (over.aborted) return fail('core_silent', 'The core did not answer within 30 s.');
    return fail('core_unreachable', `The core cannot be reached: ${messageOf(reason)}.`);
  }
}
