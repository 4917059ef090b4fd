import {
  type Attributes,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  RandomIdGenerator,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Log } from '../log.ts';
import { createTailSampling, type TailSamplingOptions } from './tail-sampling.ts';

/** Where a span belongs. `remote`: the parent is in another process. */
export interface SpanPlace {
  readonly traceId: string;
  readonly parentId?: string;
  readonly remote?: boolean;
  /** Of the span itself, when it has one already. */
  readonly spanId?: string;
}

export interface RecordedSpan {
  readonly traceId: string;
  readonly spanId: string;
  set(attributes: Attributes): void;
  rename(name: string): void;
  /** Marks it as an error; `reason` is a type or a status, for grouping. */
  fail(reason: string, message?: string): void;
  end(): void;
}

export interface Recorder {
  start(
    name: string,
    options: { kind: 'internal' | 'server' | 'client'; attributes: Attributes; place: SpanPlace | null },
  ): RecordedSpan;
  /** Sends what waits, and stops. */
  shutdown(): Promise<void>;
}

/** Times in milliseconds. */
export interface RecorderOptions extends TailSamplingOptions {
  /** The collector's address without a path, as in OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** Attributes of the service: `service.name`, … */
  readonly resource: Attributes;
  readonly exportEvery: number;
  readonly exportTimeout: number;
}

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** Loads OpenTelemetry's SDK; imported only when there is a collector. */
export function createRecorder(options: RecorderOptions, { log }: { readonly log?: Log }): Recorder {
  const { endpoint, resource, exportEvery, exportTimeout } = options;
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  const exporter = telling(new OTLPTraceExporter({ url, timeoutMillis: exportTimeout }), log);
  const batches = new BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: exportEvery,
    exportTimeoutMillis: 2 * exportTimeout,
    maxQueueSize: 10_000,
  });
  const ids = wantedIds();
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resource),
    sampler: new AlwaysOnSampler(), // which traces are kept is decided when they end
    idGenerator: ids,
    spanProcessors: [createTailSampling(options, batches)],
  });
  const tracer = provider.getTracer('fairway-kit');

  return {
    start(name, { kind, attributes, place }) {
      ids.want(place);
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, parentOf(place));
      const { traceId, spanId } = span.spanContext();
      return {
        traceId,
        spanId,
        set: (more) => void span.setAttributes(more),
        rename: (better) => void span.updateName(better),
        fail(reason, message) {
          span.setAttribute('error.type', reason);
          span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
        },
        end: () => span.end(),
      };
    },
    shutdown: () => provider.shutdown(),
  };
}

function parentOf(place: SpanPlace | null) {
  if (place?.parentId === undefined) return ROOT_CONTEXT;
  const { traceId, parentId, remote = false } = place;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: parentId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: remote,
  });
}

/** Ids are made by the library; a request has its own before there is a span, and they are in its headers and its log. */
function wantedIds() {
  const random = new RandomIdGenerator();
  let traceId: string | undefined;
  let spanId: string | undefined;
  return {
    /** For the next span, which is begun at once. */
    want: (place: SpanPlace | null) =>
      ({ traceId, spanId } = { traceId: place?.traceId, spanId: place?.spanId }),
    generateTraceId: () => traceId ?? random.generateTraceId(),
    generateSpanId: () => spanId ?? random.generateSpanId(),
  };
}

/** Says once that the collector is away, and once that it is back. */
function telling(exporter: OTLPTraceExporter, log: Log | undefined): SpanExporter {
  let isLost = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== 0;
        if (failed && !isLost) log?.warning('traces cannot be sent', { reason: result.error });
        if (!failed && isLost) log?.info('traces are sent again');
        isLost = failed;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
