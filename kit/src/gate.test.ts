import { afterEach, expect, test } from 'vitest';
import { resolveMeasure } from '../../src/core/system/resolve/measure.ts';
import { readExposition } from '../../src/signals/exposition.ts';
import { namesOf, sheetOf } from '../../src/signals/sheet.ts';
import { jobCounters } from './metrics.ts';
import { serviceOf } from './service.fixture.ts';
import type { Service } from './service-types.ts';
import type { Settings } from './settings.ts';
import { startTestService, type TestService } from './testing/index.ts';

const running: TestService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});

async function start(service: Service<Settings>, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const started = await startTestService(service, { env });
  running.push(started);
  return started.url;
}

/** What the gate of a release reads on the page when the definition names no metric. */
async function sheetAt(url: string, traffic: 'http' | 'none') {
  const measure = resolveMeasure({ measure: 'metrics', traffic, probes: {} });
  if (measure?.from !== 'metrics') throw new Error('it is not measured by metrics');
  const page = readExposition(await (await fetch(url + measure.path)).text(), namesOf(measure));
  if (!page.ok) throw new Error(JSON.stringify(page.error));
  const sheet = sheetOf(page.value, measure);
  if (!sheet.ok) throw new Error(JSON.stringify(sheet.error));
  return sheet.value;
}

const sum = (series: Readonly<Record<string, number>>) => Object.values(series).reduce((a, b) => a + b, 0);

test('a release gate finds requests, failures, latency and the beginning under the names it looks for', async () => {
  const url = await start(serviceOf('hono'));
  const before = await sheetAt(url, 'http');
  expect([sum(before.requests), sum(before.failures)]).toEqual([0, 0]);
  for (const path of ['/orders/1', '/orders/2', '/nowhere', '/broken', '/health', '/ready'])
    await fetch(url + path);
  const sheet = await sheetAt(url, 'http');
  expect([sum(sheet.requests), sum(sheet.failures)]).toEqual([4, 1]);
  const good = Object.values(sheet.latency).map((buckets) => buckets.at(-1)?.total ?? 0);
  expect(good.toSorted((a, b) => a - b)).toEqual([1, 2]);
  expect(Math.abs((sheet.began ?? 0) * 1_000 - Date.now())).toBeLessThan(600_000);
});

test('and for a worker its jobs', async () => {
  const url = await start({
    ...serviceOf('node:http'),
    start({ metrics }) {
      const { completed, failed } = jobCounters(metrics);
      for (const queue of ['import', 'score']) completed(queue);
      failed('score');
      return Promise.resolve({ handler: (_, response) => void response.end() });
    },
  });
  const sheet = await sheetAt(url, 'none');
  expect([sum(sheet.requests), sum(sheet.failures)]).toEqual([3, 1]);
});
