import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from './clock.ts';
import { currentRequest, type RequestContext } from './context.ts';
import type { Log } from './log.ts';
import { hidden, withoutCredentials } from './hide.ts';
import { messageOf } from './reason.ts';
import type { RecordedSpan, Recorder, SpanPlace } from './tracing/recorder.ts';

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** What the work of a span may say about it. */
export interface SpanNotes {
  set(attributes: SpanAttributes): void;
  /** It counts as an error though nothing was thrown. `reason` is a type or a status, for grouping. */
  fail(reason: string): void;
}

export interface Tracing {
  /** Does `work` within a span of the current trace, or of a new one. What it throws makes the trace an error. */
  span<T>(
    name: string,
    attributes: SpanAttributes,
    work: (notes: SpanNotes) => Promise<T>,
    options?: { readonly kind?: 'internal' | 'client' },
  ): Promise<T>;
  /** The span that answers this request: from now until its answer ends. With the ids of the context. */
  serve(context: RequestContext, request: IncomingMessage, response: ServerResponse): void;
  /** Resolves when spans are recorded; before that they are not. */
  readonly ready: Promise<void>;
  /** Sends what waits. Never rejects. */
  shutdown(): Promise<void>;
}

/** Times in milliseconds. */
export interface TracingOptions {
  readonly service: string;
  /** Address of a collector for OTLP over HTTP (OTEL_EXPORTER_OTLP_ENDPOINT), without /v1/traces. Null: nothing is recorded. */
  readonly endpoint: string | null;
  readonly version?: string;
  readonly environment?: string;
  /** Share of the traces without an error that are kept, the same ones in all services. */
  readonly keepSuccesses?: number;
  /** Share of the traces with an error that are kept. */
  readonly keepErrors?: number;
  readonly exportEvery?: number;
  readonly exportTimeout?: number;
}

export interface TracingWorld {
  readonly log?: Log;
  readonly clock?: Clock;
  /** Texts that are hidden in messages of errors. */
  readonly secrets?: readonly string[];
}

const current = new AsyncLocalStorage<{ readonly traceId: string; readonly spanId: string }>();
const silent: SpanNotes = { set: () => undefined, fail: () => undefined };

/** Spans of this service for a collector, whole traces or none: see `createTailSampling` for what is kept. */
export function createTracing(options: TracingOptions, world: TracingWorld = {}): Tracing {
  if (options.endpoint === null) return noTracing;
  let recorder: Recorder | null = null;
  const ready = load({ ...options, endpoint: options.endpoint }, world).then((loaded) => {
    recorder = loaded;
  });
  const shown = (text: string) =>
    withoutCredentials((world.secrets ?? []).reduce((left, secret) => left.replaceAll(secret, hidden), text));

  return {
    ready,

    async span(name, attributes, work, { kind = 'internal' } = {}) {
      const span = recorder?.start(name, { kind, attributes, place: placeWithin() });
      if (span === undefined) return work(silent);
      try {
        return await current.run({ traceId: span.traceId, spanId: span.spanId }, () => work(span));
      } catch (reason) {
        span.fail(nameOf(reason), shown(messageOf(reason)));
        throw reason;
      } finally {
        span.end();
      }
    },

    serve(context, request, response) {
      const span = recorder?.start(context.method, {
        kind: 'server',
        attributes: { 'http.request.method': context.method, 'url.path': context.path },
        place: placeOf(context, request),
      });
      if (span !== undefined) response.once('close', () => answered(span, context, response));
    },

    async shutdown() {
      await ready;
      await recorder?.shutdown().catch((reason: unknown) => {
        world.log?.warning('the last traces were not sent', { reason });
      });
    },
  };
}

const noTracing: Tracing = {
  span: (_name, _attributes, work) => work(silent),
  serve: () => undefined,
  ready: Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

async function load(
  options: TracingOptions & { readonly endpoint: string },
  { log }: TracingWorld,
): Promise<Recorder | null> {
  const { service, version, environment, endpoint } = options;
  const { keepSuccesses = 0.1, keepErrors = 1, exportEvery = 5_000, exportTimeout = 5_000 } = options;
  const resource = {
    'service.name': service,
    ...(version !== undefined && { 'service.version': version }),
    ...(environment !== undefined && { 'deployment.environment.name': environment }),
  };
  try {
    const { createRecorder } = await import('./tracing/recorder.ts');
    return createRecorder(
      { endpoint, resource, keepSuccesses, keepErrors, exportEvery, exportTimeout },
      log === undefined ? {} : { log },
    );
  } catch (reason) {
    log?.error('there are no traces', { reason });
    return null;
  }
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
function answered(span: RecordedSpan, { method, route }: RequestContext, response: ServerResponse): void {
  const { statusCode } = response;
  if (route !== '') {
    span.rename(`${method} ${route}`);
    span.set({ 'http.route': route });
  }
  if (response.headersSent) span.set({ 'http.response.status_code': statusCode });
  if (response.headersSent && statusCode >= 500) span.fail(String(statusCode));
  span.end();
}

/** Within the innermost span, or else the one that answers the request; null begins a new trace. */
function placeWithin(): SpanPlace | null {
  const request = currentRequest();
  const span = current.getStore();
  const parent =
    span !== undefined && (request === undefined || span.traceId === request.traceId) ? span : request;
  return parent === undefined ? null : { traceId: parent.traceId, parentId: parent.spanId };
}

/** The caller's span is the parent, if the context continues the caller's trace. */
function placeOf({ traceId, spanId }: RequestContext, request: IncomingMessage): SpanPlace {
  const [, callersTrace, parentId] = String(request.headers['traceparent'] ?? '').split('-');
  const isContinued = callersTrace === traceId && parentId !== undefined;
  return { traceId, spanId, ...(isContinued && { parentId, remote: true }) };
}

/** The innermost span as a header for the next service; none outside of a span. */
export function spanHeaders(): Record<string, string> {
  const span = current.getStore();
  const request = currentRequest();
  if (span === undefined || (request !== undefined && request.traceId !== span.traceId)) return {};
  return { traceparent: `00-${span.traceId}-${span.spanId}-01` };
}

const nameOf = (reason: unknown): string => {
  if (!(reason instanceof Error)) return 'unknown';
  return 'code' in reason && typeof reason.code === 'string' ? reason.code : reason.name;
};
