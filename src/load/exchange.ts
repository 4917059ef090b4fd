import { Pool } from 'undici';
import type { LoadPlan, PlannedRequest } from './plan.ts';
import type { WireRequest } from './user.ts';

/** How a request ended: with a complete answer, or why not. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: AnswerHeaders;
      readonly text: string;
    }
  | {
      readonly kind: 'refused' | 'reset' | 'timeout' | 'other';
      /** Of an answer that began and did not end. */
      readonly headers: AnswerHeaders | null;
      readonly text: string;
    }
  | { readonly kind: 'cancelled' };

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What an exchange's signal is aborted with. */
export const [timedOut, givenUp] = [Symbol('timed out'), Symbol('given up')];

/** Connections to the target. Requests have deadlines of their own, so the pool's are off. */
export function openPool(target: URL, { connections, timeout }: LoadPlan): Pool {
  return new Pool(target.origin, {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout },
  });
}

/** Sends one request and reads its whole answer; keeps at most `keep` bytes of the text. */
export async function exchange(
  pool: Pool,
  { method, path, headers, body }: WireRequest,
  keep: number,
  signal: AbortSignal,
): Promise<Exchange> {
  let answerHeaders: AnswerHeaders | null = null;
  try {
    const answer = await pool.request({ method, path, headers, body, signal });
    answerHeaders = answer.headers;
    let text = '';
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (text.length < keep) text += chunk.toString();
    }
    return {
      kind: 'answered',
      status: answer.statusCode,
      headers: answer.headers,
      text: text.slice(0, keep),
    };
  } catch (reason) {
    if (signal.reason === givenUp) return { kind: 'cancelled' };
    if (signal.reason === timedOut)
      return { kind: 'timeout', headers: answerHeaders, text: 'no complete answer' };
    return { kind: kindOf(reason), headers: answerHeaders, text: textOf(reason) };
  }
}

/** Whether a status is a success for a planned request; without expectations every 2xx and 3xx is. */
export function isExpected(status: number, expect: PlannedRequest['expect']): boolean {
  return expect === null ? status >= 200 && status < 400 : expect.includes(status);
}

const kinds: Readonly<Record<string, 'refused' | 'reset' | 'timeout'>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
};

function kindOf(reason: unknown): 'refused' | 'reset' | 'timeout' | 'other' {
  return kinds[codeOf(reason)] ?? 'other';
}

/** A name with several addresses (localhost) fails with one error per address; the first speaks for all. */
function codeOf(reason: unknown): string {
  const first: unknown = reason instanceof AggregateError ? reason.errors[0] : reason;
  return first instanceof Error && 'code' in first ? String(first.code) : '';
}

function textOf(reason: unknown): string {
  const code = codeOf(reason);
  const message = reason instanceof Error ? reason.message : String(reason);
  return message === '' ? code : message;
}
