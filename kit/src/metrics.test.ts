import { expect, test } from 'vitest';
import { createMetrics, jobCounters } from './metrics.ts';
import { manualClock } from './testing/index.ts';

test('counters and histograms are in the page, labels escaped', async () => {
  const metrics = createMetrics();
  const count = metrics.counter('orders_total', 'Orders.', ['kind']);
  count({ kind: 'a "quoted"\nline' });
  count({ kind: 'plain' }, 3);
  metrics.counter('evictions_total', 'Evictions.');
  const observe = metrics.histogram('wait_seconds', 'Waits.', [0.1, 1]);
  for (const value of [0.05, 0.5, 5]) observe(value);
  const page = await metrics.render();
  for (const line of [
    '# TYPE orders_total counter',
    String.raw`orders_total{kind="a \"quoted\"\nline"} 1`,
    'orders_total{kind="plain"} 3',
    'evictions_total 0',
    'wait_seconds_bucket{le="0.1"} 1',
    'wait_seconds_bucket{le="1"} 2',
    'wait_seconds_bucket{le="+Inf"} 3',
    'wait_seconds_sum 5.55',
    'wait_seconds_count 3',
  ])
    expect(page.split('\n')).toContain(line);
});

test('a gauge is looked up each time; one that fails or hangs is left out and takes nobody along', async () => {
  const clock = manualClock();
  const metrics = createMetrics({ clock });
  let depth = 3;
  metrics.gauge('queue_depth', 'Jobs.', () => [
    { labels: { queue: 'a' }, value: depth },
    { labels: { queue: 'b' }, value: 0 },
  ]);
  metrics.gauge('broken', 'Fails.', () => Promise.reject(new Error('away')));
  metrics.gauge('hanging', 'Hangs.', () => new Promise(() => undefined));
  metrics.gauge('plain', 'A number.', () => 7);
  const first = metrics.render();
  await clock.advance(1_000);
  const lines = (await first).split('\n').filter((line) => !line.startsWith('#') && line !== '');
  expect(lines).toEqual(['queue_depth{queue="a"} 3', 'queue_depth{queue="b"} 0', 'plain 7']);
  depth = 4;
  const second = metrics.render();
  await clock.advance(1_000);
  expect(await second).toContain('queue_depth{queue="a"} 4');
});

test('the same name twice is a mistake that shows at once', () => {
  const metrics = createMetrics();
  metrics.counter('orders_total', 'Orders.');
  expect(() => metrics.counter('orders_total', 'Orders.')).toThrow('already been registered');
  metrics.gauge('depth', 'Jobs.', () => 1);
  expect(() => metrics.gauge('depth', 'Jobs.', () => 1)).toThrow('there already');
});

test('job counters have the names that a gate reads, known before the first job', async () => {
  const metrics = createMetrics();
  const { completed, failed } = jobCounters(metrics);
  expect(await metrics.render()).toContain('# TYPE jobs_failed_total counter');
  completed('import');
  completed('import');
  failed('import');
  const page = await metrics.render();
  expect(page).toContain('jobs_completed_total{queue="import"} 2');
  expect(page).toContain('jobs_failed_total{queue="import"} 1');
});
