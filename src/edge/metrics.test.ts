import { expect, test } from 'vitest';
import { createMetrics, labelsOf } from './metrics.ts';

test('counts by service, revision and class, and how long it took', () => {
  const metrics = createMetrics();
  const request = { service: 'web', revision: 'web-1', protocol: 'h2', bytes: 10 };
  metrics.request({ ...request, status: 200, millis: 4 });
  metrics.request({ ...request, status: 204, millis: 40 });
  metrics.request({ ...request, status: 503, millis: 90_000 });
  metrics.rateLimited('per-ip');
  const text = metrics.text();
  const lines = text.split('\n');
  expect(lines).toContain(
    'fairway_edge_requests_total{service="web",revision="web-1",code="2xx",protocol="h2"} 2',
  );
  expect(lines).toContain(
    'fairway_edge_requests_total{service="web",revision="web-1",code="5xx",protocol="h2"} 1',
  );
  expect(lines).toContain('fairway_edge_response_bytes_total{service="web",revision="web-1"} 30');
  expect(lines).toContain('fairway_edge_rate_limited_total{rule="per-ip"} 1');
  const of = (le: string) =>
    `fairway_edge_request_duration_seconds_bucket{service="web",revision="web-1",le="${le}"}`;
  expect(lines).toContain(`${of('0.005')} 1`);
  expect(lines).toContain(`${of('0.05')} 2`);
  expect(lines).toContain(`${of('60')} 2`);
  expect(lines).toContain(`${of('+Inf')} 3`);
  expect(lines).toContain('fairway_edge_request_duration_seconds_count{service="web",revision="web-1"} 3');
  for (const line of lines)
    expect(line).toMatch(/^(|# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? [\d.e+-]+)$/);
});

test('labels cannot break out of their quotes', () => {
  expect(labelsOf({ a: 'x"\n\\' })).toBe('a="x\\"\\n\\\\"');
});

test('remembers so many series and no more', () => {
  const metrics = createMetrics();
  for (let count = 0; count < 5_000; count += 1) metrics.refused(`reason ${count}`);
  expect(
    metrics
      .text()
      .split('\n')
      .filter((line) => line.includes('refused_total{')),
  ).toHaveLength(2_000);
});
