import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

export interface TailSamplingOptions {
  /** Share of the traces without an error that are kept, 0 to 1. */
  readonly keepSuccesses: number;
  /** Share of the traces with an error that are kept, 0 to 1. */
  readonly keepErrors: number;
  /** How many spans wait for their traces to end at most; beyond that the oldest trace is decided as it stands. */
  readonly mostSpans?: number;
  /** How many traces kept for an error are remembered at most, for spans that end after their trace was decided. */
  readonly mostRemembered?: number;
}

interface OpenTrace {
  /** Spans of it that have begun here and not ended. */
  open: number;
  hasError: boolean;
  readonly spans: ReadableSpan[];
}

/**
 * Holds the spans of a trace back until the last one of this process has ended, and hands them on if the trace is kept.
 * Each process decides for itself: an error that a callee answers makes the caller's span one too, so that callers keep
 * what their callees keep; what a callee did well before its caller failed is kept by the share only.
 */
export function createTailSampling(options: TailSamplingOptions, next: SpanProcessor): SpanProcessor {
  const { keepSuccesses, keepErrors, mostSpans = 50_000, mostRemembered = 10_000 } = options;
  const traces = new Map<string, OpenTrace>();
  const keptForError = new Set<string>();
  let waiting = 0;

  const traceOf = (id: string, open: number) => {
    const found = traces.get(id) ?? { open, hasError: false, spans: [] };
    traces.set(id, found);
    return found;
  };

  const decide = (id: string, { hasError, spans }: OpenTrace) => {
    traces.delete(id);
    waiting -= spans.length;
    const share = hasError || keptForError.has(id) ? keepErrors : keepSuccesses;
    if (!isKept(id, share)) return;
    if (hasError) remember(keptForError, id, mostRemembered);
    for (const span of spans) next.onEnd(span);
  };

  return {
    onStart(span, parent) {
      traceOf(span.spanContext().traceId, 0).open += 1;
      next.onStart(span, parent);
    },

    onEnd(span) {
      const id = span.spanContext().traceId;
      const trace = traceOf(id, 1); // not there: it was decided early, to make room
      trace.open -= 1;
      trace.spans.push(span);
      waiting += 1;
      if (span.status.code === SpanStatusCode.ERROR) trace.hasError = true;
      if (trace.open <= 0) decide(id, trace);
      const [oldest] = traces;
      if (waiting > mostSpans && oldest !== undefined) decide(...oldest);
    },

    forceFlush: () => next.forceFlush(),

    shutdown() {
      for (const [id, trace] of traces) decide(id, trace);
      return next.shutdown();
    },
  };
}

/**
 * The same answer for the same trace in every service that uses the same share: the last 56 bits of a trace id are
 * random, and the traces with the largest numbers are kept. (Here the first 52 of them, which a number can hold.)
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
export function isKept(traceId: string, share: number): boolean {
  return Number.parseInt(traceId.slice(18, 31), 16) / 2 ** 52 >= 1 - share;
}

function remember(ids: Set<string>, id: string, most: number): void {
  const [oldest] = ids;
  if (ids.size >= most && oldest !== undefined) ids.delete(oldest);
  ids.add(id);
}
