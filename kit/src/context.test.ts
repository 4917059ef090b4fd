import { expect, test } from 'vitest';
import { contextOf, currentRequest, identify, outgoingHeaders, setRoute, withRequest } from './context.ts';

const trace = 'a'.repeat(32);
const of = (headers: Record<string, string>, peer?: string) =>
  contextOf({ headers, method: 'GET', url: '/a?b=c' }, peer);

test.each([
  ['a valid one is continued', `00-${trace}-${'b'.repeat(16)}-01`, true],
  ['not sampled is kept', `00-${trace}-${'b'.repeat(16)}-00`, true],
  ['none', '', false],
  ['another version', `01-${trace}-${'b'.repeat(16)}-01`, false],
  ['zeros as the trace', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, false],
  ['zeros as the parent', `00-${trace}-${'0'.repeat(16)}-01`, false],
  ['capitals', `00-${'A'.repeat(32)}-${'b'.repeat(16)}-01`, false],
  ['something else', 'hello', false],
])('traceparent: %s', (_, traceparent, isContinued) => {
  const context = of({ traceparent, tracestate: 'vendor=1' });
  expect(context.traceId === trace).toBe(isContinued);
  expect(context.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(context.spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(context.spanId).not.toBe('b'.repeat(16));
  const flags = isContinued ? traceparent.slice(-2) : '01';
  expect(context.traceparent).toBe(`00-${context.traceId}-${context.spanId}-${flags}`);
  expect(context.tracestate).toBe(isContinued ? 'vendor=1' : null);
});

test.each([
  ['taken over', 'abc-123', 'abc-123'],
  ['made anew when it has a blank', 'abc 123', null],
  ['made anew when it is very long', 'x'.repeat(129), null],
  ['made anew when there is none', '', null],
])('correlation id: %s', (_, given, expected) => {
  const { correlationId } = of({ 'x-request-id': given });
  if (expected === null) expect(correlationId).toMatch(/^req-[0-9a-f-]{36}$/);
  else expect(correlationId).toBe(expected);
});

test.each([
  ['the last entry that a proxy wrote', { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' }, '3.3.3.3', '2.2.2.2'],
  ['the peer without a proxy', {}, '3.3.3.3', '3.3.3.3'],
  ['nothing where nothing is known', {}, undefined, null],
])('address: %s', (_, headers, peer, expected) => {
  expect(of(headers, peer).address).toBe(expected);
});

test('an arm is one of two, the path has no query', () => {
  expect(of({ 'x-fairway-arm': 'canary' })).toMatchObject({ arm: 'canary', path: '/a', method: 'GET' });
  expect(of({ 'x-fairway-arm': 'other' }).arm).toBe(null);
});

test('outside of a request there is nothing, and saying who asks does no harm', () => {
  identify({ userId: 'u' });
  setRoute('/x');
  expect([currentRequest(), outgoingHeaders()]).toEqual([undefined, {}]);
});

test('two requests at the same time do not see each other', async () => {
  const seen = await Promise.all(
    ['one', 'two'].map((id) =>
      withRequest(of({ 'x-request-id': id }), async () => {
        identify({ userId: `user of ${id}` });
        await new Promise((resolve) => setTimeout(resolve, 10));
        return [currentRequest()?.userId, outgoingHeaders()['x-request-id']];
      }),
    ),
  );
  expect(seen).toEqual([
    ['user of one', 'one'],
    ['user of two', 'two'],
  ]);
});

test('ids of many requests are all different', () => {
  const ids = Array.from({ length: 5_000 }, () => of({})).flatMap(({ traceId, spanId }) => [traceId, spanId]);
  expect(new Set(ids).size).toBe(10_000);
});
