import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('counters, gauges and histograms are written in the text format of Prometheus', async () => {
  const metrics = createMetrics();
  const count = metrics.counter('events_total', 'Events.');
  count({ topic: 'a "b"\n\\' });
  count({ topic: 'a "b"\n\\' }, 2);
  const observe = metrics.histogram('lag_ms', 'Lag.', [10, 100]);
  for (const value of [5, 10, 50, 500]) observe(value);
  metrics.gauge('depth', 'Depth.', () => Promise.resolve([{ labels: { queue: 'q' }, value: 3 }]));
  metrics.gauge('lost', 'Cannot be had.', () => Promise.reject(new Error('down')));
  expect(await metrics.render()).toBe(
    [
      '# HELP events_total Events.',
      '# TYPE events_total counter',
      String.raw`events_total{topic="a \"b\"\n\\"} 3`,
      '# HELP lag_ms Lag.',
      '# TYPE lag_ms histogram',
      'lag_ms_bucket{le="10"} 2',
      'lag_ms_bucket{le="100"} 3',
      'lag_ms_bucket{le="+Inf"} 4',
      'lag_ms_sum 565',
      'lag_ms_count 4',
      '# HELP depth Depth.',
      '# TYPE depth gauge',
      'depth{queue="q"} 3',
      '',
    ].join('\n'),
  );
});
