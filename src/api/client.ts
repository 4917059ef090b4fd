import { type Failure, fail, ok, type Result } from '#kernel';
import type { Problem } from './problem.ts';
import type { TimelineEntry } from './views.ts';

/** A refused request: what the server said, or that it could not be reached. */
export type Refusal = { readonly problem: Problem } | { readonly failure: Failure };

export interface Client {
  get<T>(path: string): Promise<Result<T, Refusal>>;
  post<T>(path: string, body: unknown): Promise<Result<T, Refusal>>;
  delete<T>(path: string): Promise<Result<T, Refusal>>;
  /** Entries after a sequence, one by one, until the signal is aborted; reconnects by itself and resumes. */
  events(environment: string, after: number, signal: AbortSignal): AsyncIterable<TimelineEntry>;
  /** Lines of text as they come. */
  lines(path: string, signal: AbortSignal): AsyncIterable<string>;
}

export interface Connection {
  readonly address: string;
  readonly token: string;
}

const answerWithin = 130_000;

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

  async function* lines(path: string, signal: AbortSignal): AsyncIterable<string> {
    const response = await request(path, { signal });
    if (!response.ok || !response.value.ok || response.value.body === null) return;
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
    get: (path) => answer(path, {}),
    post: (path, body) =>
      answer(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    delete: (path) => answer(path, { method: 'DELETE' }),
    lines,
    async *events(environment, after, signal) {
      let last = after;
      while (!signal.aborted) {
        for await (const line of lines(`/v1/environments/${environment}/events?after=${last}`, signal)) {
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

function messageOf(reason: unknown): string {
  const cause = reason instanceof Error && reason.cause instanceof Error ? reason.cause : reason;
  return cause instanceof Error ? cause.message : String(cause);
}
