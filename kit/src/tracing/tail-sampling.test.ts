import { ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createTailSampling, type TailSamplingOptions } from './tail-sampling.ts';

/** A real provider whose kept spans can be read at once. `keepSuccesses: 0`: only errors are kept. */
function provided(options: Partial<TailSamplingOptions> = {}) {
  const exporter = new InMemorySpanExporter();
  const sampling = createTailSampling(
    { keepSuccesses: 0, keepErrors: 1, ...options },
    new SimpleSpanProcessor({ exporter }),
  );
  const provider = new TracerProvider({ spanProcessors: [sampling] });
  const tracer = provider.getTracer('test');
  return {
    begin: (name: string, parent?: Span) =>
      tracer.startSpan(name, {}, parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent)),
    kept: () => exporter.getFinishedSpans().map(({ name }) => name),
  };
}
const fail = (span: Span) => span.setStatus({ code: SpanStatusCode.ERROR });

test('a trace is decided when its last span ends, and an error anywhere keeps all of it', () => {
  const { begin, kept } = provided();
  const root = begin('root');
  const child = begin('child', root);
  const sibling = begin('sibling', root);
  fail(child);
  child.end();
  root.end();
  expect(kept()).toEqual([]);
  sibling.end();
  expect(kept()).toEqual(['child', 'root', 'sibling']);
});

test('spans that come after their trace was kept for an error are kept too; others are not', () => {
  const { begin, kept } = provided();
  const [bad, good] = [begin('bad'), begin('good')];
  fail(bad);
  bad.end();
  good.end();
  begin('late of bad', bad).end();
  begin('late of good', good).end();
  expect(kept()).toEqual(['bad', 'late of bad']);
});

test('how many are remembered is bounded', () => {
  const { begin, kept } = provided({ mostRemembered: 1 });
  const [first, second] = [begin('first'), begin('second')];
  for (const span of [first, second]) {
    fail(span);
    span.end();
  }
  begin('late of first', first).end();
  begin('late of second', second).end();
  expect(kept()).toEqual(['first', 'second', 'late of second']);
});

test('of more spans than may wait the oldest trace is decided as it stands', () => {
  const { begin, kept } = provided({ mostSpans: 3 });
  for (let decided = 0; decided < 10; decided++) begin('decided').end(); // they do not wait any more
  const endless = begin('endless');
  const failed = begin('failed', endless);
  fail(failed);
  failed.end();
  const other = begin('other');
  for (const name of ['a', 'b']) begin(name, other).end();
  expect(kept()).toEqual([]);
  begin('c', other).end();
  expect(kept()).toEqual(['failed']);
  endless.end();
  expect(kept()).toEqual(['failed', 'endless']);
  other.end();
  expect(kept()).toHaveLength(2);
});

test('at the end what waits is decided', async () => {
  const ended: string[] = [];
  const nothing = () => Promise.resolve();
  const next = {
    onStart: () => undefined,
    onEnd: ({ name }: { readonly name: string }) => void ended.push(name),
    forceFlush: nothing,
    shutdown: nothing,
  };
  const sampling = createTailSampling({ keepSuccesses: 1, keepErrors: 1 }, next);
  const provider = new TracerProvider({ spanProcessors: [sampling] });
  const tracer = provider.getTracer('test');
  const root = tracer.startSpan('root', {}, ROOT_CONTEXT);
  tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, root)).end();
  await provider.forceFlush();
  expect(ended).toEqual([]);
  await provider.shutdown();
  expect(ended).toEqual(['child']);
});

test('errors can be kept by a share as well', () => {
  const { begin, kept } = provided({ keepErrors: 0 });
  const span = begin('bad');
  fail(span);
  span.end();
  expect(kept()).toEqual([]);
});
