import { type Clock, systemClock } from './clock.ts';
import { type Prepared, prepare, send } from './client-request.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { oncePer } from './once.ts';
import { messageOf } from './reason.ts';
import {
  BreakerOpenError,
  createPolicy,
  type Policy,
  type PolicyOptions,
  TimeoutError,
} from './resilience.ts';
import type { SpanNotes, Tracing } from './tracing.ts';

/** The other side cannot be reached, or broke off. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly code = 'unreachable';
}

/** Times in milliseconds. */
export interface ClientOptions extends Pick<PolicyOptions, 'timeout' | 'retries' | 'breaker'> {
  /** Of the service that is called; for logs and metrics. */
  readonly name: string;
  /** Where it is: `http://127.0.0.1:3003`. Its path, if any, stands before each call's. */
  readonly base: string;
  /** Signs each call (see `sign`). */
  readonly hmac?: { readonly secret: string };
  /** It is somebody else's: our context (trace, request id, arm) is not handed on. */
  readonly outside?: boolean;
  /** Bytes of an answer; a larger one counts as broken off. */
  readonly largest?: number;
  /** Sent with each call. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallOptions {
  /** A text is sent as it is; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Whether it may be sent again. By itself: GET, HEAD, PUT, DELETE, and what has an Idempotency-Key. */
  readonly idempotent?: boolean;
}

export interface ClientResponse {
  readonly status: number;
  /** Parsed when it is JSON; its text otherwise. */
  readonly body: unknown;
  readonly headers: Headers;
}

export interface Client {
  /**
   * Any answer of the other side is returned, also 4xx and 5xx. Rejects with `TimeoutError`, `BreakerOpenError` or
   * `UnreachableError`, or with the reason of the caller's signal.
   */
  call(method: string, path: string, options?: CallOptions): Promise<ClientResponse>;
  readonly breaker: Policy['state'];
}

export interface ClientWorld {
  readonly log?: Log;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  /** Records a span for each attempt. */
  readonly tracing?: Pick<Tracing, 'span'>;
}

/**
 * Calls another service: hands on the current request's context, tries again what may be sent again, and stops calling
 * for a while when only failures come back.
 */
export function createClient(options: ClientOptions, world: ClientWorld = {}): Client {
  const { timeout = 10_000 } = options;
  const policy = createPolicy({ ...options, timeout }, world);
  const attempt = createAttempt(options, world);

  return {
    get breaker() {
      return policy.state;
    },

    async call(method, path, call = {}) {
      const request = prepare(options, { method, path, call });
      const { signal } = call;
      try {
        return await policy.run((within) => attempt(request, within), {
          mayRetry: request.isRepeatable,
          ...(signal !== undefined && { signal }),
        });
      } catch (reason) {
        if (reason instanceof BadAnswer) return reason.response;
        const about = { client: options.name, method: request.method, path: request.url.pathname };
        if (!(reason instanceof BreakerOpenError)) world.log?.warning('call failed', { ...about, reason });
        throw reason;
      }
    },
  };
}

/** Sends a request once, and says in metrics and in a span how it went. */
function createAttempt(options: ClientOptions, world: ClientWorld) {
  const { name, base, hmac, largest = 10_000_000, outside = false } = options;
  const { clock = systemClock, tracing, metrics } = world;
  const observe = metrics === undefined ? null : callMetrics(metrics);

  const once = async (request: Prepared, signal: AbortSignal, notes: SpanNotes | null) => {
    const begun = clock.now();
    const tell = (outcome: string) => {
      const labels = { client: name, http_request_method: request.method, outcome };
      observe?.((clock.now() - begun) / 1_000, labels);
    };
    const response = await send(request, { hmac, largest, outside, clock, signal }).catch(
      (reason: unknown) => {
        tell(signal.reason instanceof TimeoutError ? 'timeout' : signal.aborted ? 'aborted' : 'unreachable');
        throw signal.aborted
          ? signal.reason
          : new UnreachableError(`${name}: ${whyOf(reason)}`, { cause: reason });
      },
    );
    tell(String(response.status));
    notes?.set({ 'http.response.status_code': response.status });
    if (response.status < 500) return response; // 4xx is an answer too: as an error it would keep every such trace
    notes?.fail(String(response.status));
    throw new BadAnswer(response);
  };

  return (request: Prepared, signal: AbortSignal): Promise<ClientResponse> => {
    if (tracing === undefined) return once(request, signal, null);
    const { hostname, port } = new URL(base);
    const attributes = {
      'http.request.method': request.method,
      'url.path': request.url.pathname,
      'server.address': hostname,
      ...(port !== '' && { 'server.port': Number(port) }),
      'peer.service': name,
    };
    const work = (notes: SpanNotes) => once(request, signal, notes);
    return tracing.span(`${request.method} ${name}`, attributes, work, { kind: 'client' });
  };
}

/** An answer of the other side that shows it unwell: counted and tried again, and in the end returned. */
class BadAnswer extends Error {
  readonly response: ClientResponse;
  constructor(response: ClientResponse) {
    super(`status ${response.status}`);
    this.response = response;
  }
}

/** `fetch failed` says nothing: the cause does. */
const whyOf = (reason: unknown): string =>
  messageOf(reason instanceof Error && reason.cause !== undefined ? reason.cause : reason);

const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const callMetrics = oncePer((metrics: Metrics) =>
  metrics.histogram(
    'http_client_request_duration_seconds',
    'Duration of calls to other services, each attempt by itself.',
    bounds,
    ['client', 'http_request_method', 'outcome'],
  ),
);
