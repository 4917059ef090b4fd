import { describe, expect, test } from 'vitest';
import { traceIdOf, trailHeaders, trailOf } from './trace.ts';

const traceId = 'ab'.repeat(16);
const of = (headers: Record<string, string>) => trailOf((name) => headers[name]);

describe('a trail', () => {
  test('goes on with the trace, the request id and the arm, under a span of its own', () => {
    const given = {
      traceparent: `00-${traceId}-${'cd'.repeat(8)}-00`,
      'x-request-id': 'request-1',
      'x-fairway-arm': 'canary',
    };
    const passedOn = trailHeaders(of(given));
    expect(passedOn).toMatchObject({ 'x-request-id': 'request-1', 'x-fairway-arm': 'canary' });
    expect(passedOn['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    expect(passedOn['traceparent']).not.toBe(given.traceparent);
  });

  test.each([
    ['nothing', {}],
    ['a trace of zeros', { traceparent: `00-${'0'.repeat(32)}-${'cd'.repeat(8)}-01` }],
    ['what is no trace', { traceparent: `${traceId}\r\nx: y` }],
    ['an id that could break a log', { 'x-request-id': 'a"}\n' }],
    ['an arm that is none', { 'x-fairway-arm': 'blue' }],
  ])('begins anew with %s', (_, headers) => {
    const trail = of(headers);
    expect(traceIdOf(trail)).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOf(trail)).not.toBe('0'.repeat(32));
    expect(trail.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(trail.arm).toBeNull();
  });
});
