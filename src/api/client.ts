import { type AnswerOf, answerWithin, type Ask, type AskOf, lineOf } from './ask.ts';
import type { RouteKey, Routes } from './routes.ts';
import { type Failure, fail, ok, type Result } from '#kernel';
import type { Problem } from './schemas/problem.ts';
import type { TimelineEntry } from './views.ts';

/** A refused request: what the server said, or that it could not be reached. */
export type Refusal = { readonly problem: Problem } | { readonly failure: Failure };

type LinesKey = {
  [K in RouteKey]: Routes[K] extends { readonly stream: 'lines' } ? K : never;
}[RouteKey];

export interface Client {
  /** Asks one route; what it answers is of the type that the table of routes says. */
  call<K extends RouteKey>(key: K, ask: AskOf<K>): Promise<Result<AnswerOf<K>, Refusal>>;
  /** Entries after a sequence, one by one, until the signal is aborted; reconnects by itself and resumes. */
  events(environment: string, after: number, signal: AbortSignal): AsyncIterable<TimelineEntry>;
  /** Lines of text as they come, one JSON document each. */
  lines<K extends LinesKey>(
    key: K,
    ask: AskOf<K>,
    signal: AbortSignal,
    refused?: (refusal: Refusal) => void,
  ): AsyncIterable<string>;
}

export interface Connection {
  readonly address: string;
  readonly token: string;
}

/** Speaks to a control plane. `connect` finds it (again), so that a control plane that was replaced is followed. */
export function createClient(
  connect: () => Promise<Result<Connection>>,
  pause: (millis: number) => Promise<void>,
): Client {
  async function request(path: string, init: RequestInit): Promise<Result<Response, Refusal>> {
    const connection = await connect();
    if (!connection.ok) return { ok: false, error: { failure: connection.error } };
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${connection.value.token}`);
    try {
      return ok(await fetch(new URL(path, connection.value.address), { ...init, headers }));
    } catch (reason) {
      const failure = fail('control_plane_unreachable', {
        address: connection.value.address,
        reason: messageOf(reason),
      });
      return { ok: false, error: { failure: failure.error } };
    }
  }

  async function answer<T>(path: string, init: RequestInit): Promise<Result<T, Refusal>> {
    const response = await request(path, { ...init, signal: AbortSignal.timeout(answerWithin) });
    if (!response.ok) return response;
    const body: unknown = await response.value.json().catch(() => null);
    return response.value.ok ? ok(body as T) : { ok: false, error: { problem: body as Problem } };
  }

  async function* lines(
    path: string,
    signal: AbortSignal,
    refused: (refusal: Refusal) => void = () => undefined,
  ): AsyncIterable<string> {
    const response = await request(path, { signal });
    if (signal.aborted) return;
    if (!response.ok) return refused(response.error);
    if (!response.value.ok) {
      const problem = (await response.value.json().catch(() => null)) as Problem | null;
      return problem === null ? undefined : refused({ problem });
    }
    if (response.value.body === null) return;
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of response.value.body as AsyncIterable<Uint8Array>) {
        rest += decoder.decode(chunk, { stream: true });
        const complete = rest.split('\n');
        rest = complete.pop() ?? '';
        yield* complete;
      }
    } catch {
      // The control plane went away or we were told to stop: whoever follows connects again or ends.
    }
  }

  return {
    call(key, ask) {
      const { method, path, body } = lineOf(key, ask as Ask);
      const headers = { 'content-type': 'application/json' };
      return answer(path, body === undefined ? { method } : { method, headers, body: JSON.stringify(body) });
    },
    lines: (key, ask, signal, refused) => lines(lineOf(key, ask as Ask).path, signal, refused),
    async *events(environment, after, signal) {
      let last = after;
      while (!signal.aborted) {
        const ask = { params: { environment }, query: { after: last } };
        for await (const line of lines(lineOf(eventsKey, ask).path, signal)) {
          if (!line.startsWith('data: ')) continue;
          const entry = JSON.parse(line.slice('data: '.length)) as TimelineEntry;
          last = entry.sequence;
          yield entry;
        }
        if (!signal.aborted) await pause(300);
      }
    },
  };
}

const eventsKey = 'GET /v1/environments/{environment}/events';

function messageOf(reason: unknown): string {
  const cause = reason instanceof Error && reason.cause instanceof Error ? reason.cause : reason;
  return cause instanceof Error ? cause.message : String(cause);
}
