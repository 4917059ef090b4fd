import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bucketOf } from '#core/gate';
import type { Measure } from '#core/system';
import { millis, seconds } from '#kernel';
import { createCollector, type RevisionReading } from '#signals';
import { escaped, filled, queryPrometheus } from './prometheus.ts';
import { hasPrometheus, type Prometheus, startPrometheus } from './testing/prometheus.ts';
import { endPrograms, startProgram, systemClock } from './testing/programs.ts';

type OfPrometheus = Extract<Measure, { readonly from: 'prometheus' }>;
const names = { service: 'web', revision: 'web-1' };
const limits = (atMost = seconds(2)) => ({
  clock: systemClock,
  atMost,
  signal: new AbortController().signal,
});

test('names become parts of quoted texts', () => {
  const query = 'sum(a{service="{service}",revision=~\'{revision}\'}) or vector(0)';
  expect(filled(query, names)).toBe('sum(a{service="web",revision=~\'web-1\'}) or vector(0)');
  expect(escaped('a"}) or vector(1) #')).toBe(
    'a\\U00000022\\U0000007d\\U00000029 or vector\\U000000281\\U00000029 \\U00000023',
  );
});

describe.skipIf(!hasPrometheus)('with a real server (needs the program prometheus on PATH)', () => {
  let prometheus: Prometheus;
  beforeAll(async () => {
    prometheus = await startPrometheus();
  }, 30_000);
  afterAll(() => prometheus.end());
  afterEach(async () => {
    await endPrograms();
    await prometheus.scrapes([]);
  });

  const select = (more = '') => `work_total{revision="{revision}"${more}}`;
  const measure = (more: Partial<OfPrometheus> = {}): OfPrometheus => ({
    from: 'prometheus',
    url: prometheus.url,
    requests: select(),
    failures: `${select(',outcome="bad"')} or vector(0)`,
    latency: 'work_seconds_bucket{revision="{revision}"}',
    ...more,
  });
  const replica = {
    replica: 'a',
    port: null,
    process: '',
    bornAt: systemClock.now(),
    stillRuns: () => true,
  };
  const create = () => createCollector({ clock: systemClock, epoch: 'e1', atMost: seconds(2) });
  const told = ({ counts }: RevisionReading) => counts && [counts.requests, counts.failures];

  async function look(collector: ReturnType<typeof create>, revision: string, declared = measure()) {
    const subject = { service: 'web', measure: declared, revisions: [{ revision, replicas: [replica] }] };
    await collector.look([subject], new AbortController().signal);
    const reading = collector.readings().find((each) => each.revision === revision);
    if (reading === undefined) throw new Error(`nothing is known of ${revision}`);
    return reading;
  }

  /** Looks until so many are counted: the server scrapes at its own pace. */
  async function until(collector: ReturnType<typeof create>, revision: string, wanted: readonly number[]) {
    const end = Date.now() + 15_000;
    let reading = await look(collector, revision);
    while (JSON.stringify(told(reading)) !== JSON.stringify(wanted) && Date.now() < end) {
      await systemClock.sleep(millis(50));
      reading = await look(collector, revision);
    }
    expect([told(reading), reading.unread]).toEqual([wanted, []]);
    return reading;
  }

  test('a revision is counted from its beginning, over all its replicas and through their restarts', async () => {
    const [a, b, other] = [await startProgram(), await startProgram(), await startProgram()];
    const collector = create();
    const labels = { revision: 'web-1', replica: 'a' };
    // Nothing is known of it yet, which is a reading: what shows itself from now on is new.
    expect(told(await look(collector, 'web-1'))).toEqual([0, 0]);
    await a.did({ requests: 10, failures: 2, seconds: 0.2 });
    await b.did({ requests: 5, seconds: 0.4 });
    await other.did({ requests: 99, failures: 99 });
    await prometheus.scrapes([
      { port: a.port, labels },
      { port: b.port, labels: { ...labels, replica: 'b' } },
      { port: other.port, labels: { revision: 'web-2' } },
    ]);
    const { counts } = await until(collector, 'web-1', [15, 2]);
    const buckets = Object.fromEntries(
      Object.entries(counts?.buckets ?? []).filter(([, count]) => count > 0),
    );
    expect(buckets).toEqual({ [bucketOf(250)]: 8, [bucketOf(500)]: 5 });
    expect(counts?.replicas).toEqual([]);

    // One begins anew and one goes: what they had stays, nothing is counted twice.
    await a.end();
    const again = await startProgram(a.port);
    await prometheus.scrapes([{ port: a.port, labels }]);
    await systemClock.sleep(seconds(1));
    expect(told(await look(collector, 'web-1'))).toEqual([15, 2]);
    await again.did({ requests: 3, failures: 1 });
    await until(collector, 'web-1', [18, 3]);
  }, 40_000);

  test('what it knew when it was first asked is history', async () => {
    const program = await startProgram();
    await program.did({ requests: 500, failures: 400 });
    await prometheus.scrapes([{ port: program.port, labels: { revision: 'web-3' } }]);
    await until(create(), 'web-3', [0, 0]);
    const asked = () => queryPrometheus(measure(), { service: 'web', revision: 'web-3' }, limits());
    for (let sheet = await asked(); ; sheet = await asked()) {
      if (sheet.ok && Object.values(sheet.value.requests).includes(400)) break;
      await systemClock.sleep(millis(50));
    }
    const collector = create();
    expect(told(await look(collector, 'web-3'))).toEqual([0, 0]);
    await program.did({ requests: 4, failures: 1 });
    await until(collector, 'web-3', [4, 1]);
  }, 40_000);

  test('no series of failures is not the same as no failures', async () => {
    const program = await startProgram();
    await program.did({ requests: 5 });
    await prometheus.scrapes([{ port: program.port, labels: { revision: 'web-4' } }]);
    const silent = measure({ failures: select(',result="bad"') });
    const end = Date.now() + 15_000;
    const asked = () => queryPrometheus(silent, { service: 'web', revision: 'web-4' }, limits());
    let sheet = await asked();
    while (sheet.ok && Date.now() < end) {
      await systemClock.sleep(millis(50));
      sheet = await asked();
    }
    expect(sheet).toEqual({
      ok: false,
      error: { code: 'prometheus_nothing', facts: { query: silent.failures } },
    });
  }, 40_000);

  test.each([
    ['a query that is none', { requests: 'work_total{revision="{revision}"' }, 'prometheus_refused'],
    ['a range', { requests: 'work_total{revision="{revision}"}[1m]' }, 'prometheus_unreadable'],
    ['a total that is none', { requests: 'vector(-1)' }, 'metrics_value_unfit'],
    ['a number that is none', { requests: 'vector(0)/0' }, 'metrics_value_unfit'],
  ] as const)('%s fails', async (_, more, code) => {
    const sheet = await queryPrometheus(measure(more), names, limits());
    expect(sheet).toMatchObject({ ok: false, error: { code } });
  });

  test('a single number is a total too', async () => {
    const sheet = await queryPrometheus(
      measure({ requests: 'scalar(vector(7))', latency: null }),
      names,
      limits(),
    );
    expect(sheet.ok && Object.values(sheet.value.requests)).toEqual([7]);
  });
});

describe('a server that is no Prometheus', () => {
  const answers = {
    'sends elsewhere': [302, '', 'prometheus_refused'],
    'answers HTML': [200, '<html>', 'prometheus_unreadable'],
    'answers without data': [200, '{"status":"success"}', 'prometheus_unreadable'],
    'answers far too much': [200, 'x'.repeat(5_000_000), 'measure_too_large'],
    'is not well': [503, 'sorry', 'prometheus_refused'],
    'answers series without numbers': [
      200,
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}',
      'prometheus_unreadable',
    ],
  } as const;

  test.each(Object.entries(answers))('%s', async (_, [status, body, code]) => {
    const asked: (string | undefined)[] = [];
    const url = await serve((incoming, response) => {
      asked.push(incoming.url);
      response.writeHead(status, { location: '/elsewhere' }).end(body);
    });
    const measure = { from: 'prometheus', url, requests: 'a', failures: 'a', latency: null } as const;
    expect(await queryPrometheus(measure, names, limits())).toMatchObject({ ok: false, error: { code } });
    expect(new Set(asked)).toEqual(new Set(['/api/v1/query']));
  });

  test('says nothing, and is not waited for', async () => {
    const url = await serve(() => undefined);
    const measure = { from: 'prometheus', url, requests: 'a', failures: 'a', latency: null } as const;
    const before = performance.now();
    const sheet = await queryPrometheus(measure, names, limits(millis(200)));
    expect(sheet).toMatchObject({ ok: false, error: { code: 'measure_too_late', facts: { waited: 200 } } });
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(answer: (incoming: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
