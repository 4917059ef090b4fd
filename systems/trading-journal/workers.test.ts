import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Journal, startJournal } from './testing/journal.ts';
import { eventually } from './testing/processes.ts';
import { reflection, trade } from './testing/entries.ts';
import { ask, logIn } from './testing/visitor.ts';

let journal: Journal;
let demo: Awaited<ReturnType<typeof logIn>>;
let redis: Redis;
beforeAll(async () => {
  journal = await startJournal();
  demo = await logIn(journal.edge.url, 'demo@example.com');
  redis = new Redis(journal.env['REDIS_URL'] ?? '', { maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined); // it is stopped on purpose below
}, 60_000);
afterAll(async () => {
  redis?.disconnect();
  await journal?.close();
});

/** Orders something and waits until it is done or failed. */
async function ordered(path: string, body: object, who = demo) {
  const order = await who.post(path, body);
  expect(order).toMatchObject({ status: 202, body: { state: 'queued', progress: 0 } });
  return settled(`${path}/${String(order.body['id'])}`, who);
}

const settled = (path: string, who = demo) =>
  eventually(async () => {
    const { body } = await who.get(path);
    return body['state'] === 'done' || body['state'] === 'failed' ? body : null;
  }, `${path} is done`);

describe('the workers', () => {
  test('import a file to 100 %, telling how far they are', async () => {
    const { socket, messages } = await demo.socket();
    const line = (index: number) =>
      `2025-02-${String(1 + (index % 28)).padStart(2, '0')}T10:00:00Z,CSV,buy,1,10.5,${index}`;
    const text = [
      'executed_at,symbol,side,quantity,price,profit_cents',
      ...Array.from({ length: 250 }, (_, index) => line(index)),
    ];
    const done = await ordered('/api/imports', { source: 'csv', text: text.join('\n') });
    expect(done).toMatchObject({ state: 'done', progress: 100, result: { fills: 250 } });
    const { rowCount } = await journal.database.query('SELECT 1 FROM trades WHERE import_id = $1', [
      done['id'],
    ]);
    expect(rowCount).toBe(250);
    const steps = () =>
      messages.filter(({ data }) => data['id'] === done['id']).map(({ data }) => data['progress']);
    await eventually(() => steps().includes(100), 'the end is told');
    expect(steps()).toEqual([40, 80, 99, 100]);
    expect(await demo.remove(`/api/imports/${String(done['id'])}`)).toMatchObject({ status: 200 });
    const left = await journal.database.query('SELECT 1 FROM trades WHERE import_id = $1', [done['id']]);
    expect(left.rowCount).toBe(0);
    socket.close();
  });

  test.each([
    ['a file without its header', { source: 'csv', text: 'a,b' }, 'The first line must be'],
    [
      'a line that is none',
      { source: 'csv', text: 'executed_at,symbol,side,quantity,price,profit_cents\nx' },
      'Line 2 is no fill.',
    ],
    [
      'more than 90 days',
      {
        source: 'csv',
        text: 'executed_at,symbol,side,quantity,price,profit_cents\n2025-01-01T00:00:00Z,A,buy,1,1,\n2025-06-01T00:00:00Z,A,buy,1,1,',
      },
      'An import may span 90 days.',
    ],
  ])('put %s aside at once', async (_, body, failure) => {
    const failed = await ordered('/api/imports', body);
    expect(failed).toMatchObject({ state: 'failed', failure: expect.stringContaining(failure) as string });
    expect(await redis.exists(`bull:q_import_dlq:${String(failed['id'])}`)).toBe(1);
  });

  test('do one import per user at a time', async () => {
    const orders = await Promise.all(
      [1, 2, 3].map((seed) => demo.post('/api/imports', { source: 'synthetic', fills: 1_500, seed })),
    );
    const ids = orders.map(({ body }) => String(body['id']));
    let most = 0;
    await eventually(async () => {
      const { rows } = await journal.database.query<{ state: string }>(
        'SELECT state FROM jobs WHERE id = ANY($1)',
        [ids],
      );
      most = Math.max(most, rows.filter(({ state }) => state === 'running').length);
      return rows.every(({ state }) => state === 'done');
    }, 'all three are done');
    expect(most).toBe(1);
  });

  test('binance stays off as long as its flag does', async () => {
    const answer = await demo.post('/api/imports', { source: 'binance', text: 'x' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'binance_off' } });
  });

  test('simulate the same for the same seed, and the result lives for an hour at most', async () => {
    const request = { seed: 7, paths: 2_000, winShare: 0.5, gain: 1.5, loss: 1 };
    const [one, other] = [
      await ordered('/api/simulations', request),
      await ordered('/api/simulations', request),
    ];
    expect(one['result']).toEqual(other['result']);
    expect(one['result']).toMatchObject({
      percentiles: { p50: expect.any(Number) as number },
      lossShare: expect.any(Number) as number,
    });
    const life = await redis.ttl(`simulation:${String(one['id'])}`);
    expect(life).toBeGreaterThan(3_500);
    expect(life).toBeLessThanOrEqual(3_600);
  });

  test('write every digest and export to the bucket, and keep the latest week only in the database', async () => {
    const probe = await logIn(journal.edge.url, 'probe@example.com');
    await probe.post('/api/trades', trade);
    await ordered('/api/digests', { week: '2025-W03' }, probe);
    const latest = await ordered('/api/digests', { week: '2025-W04' }, probe);
    await ordered('/api/digests', { week: '2025-W02' }, probe);
    expect(await probe.get('/api/digest')).toMatchObject({
      status: 200,
      body: { week: '2025-W04', ...(latest['result'] as object) },
    });
    const exported = (await ordered('/api/exports', { format: 'csv' }, probe))['result'] as {
      objectKey: string;
    };
    const { env } = journal;
    const s3 = new S3Client({
      endpoint: env['S3_ENDPOINT'] ?? '',
      region: env['S3_REGION'] ?? '',
      forcePathStyle: true,
      credentials: {
        accessKeyId: env['S3_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: env['S3_SECRET_ACCESS_KEY'] ?? '',
      },
    });
    const Bucket = env['S3_BUCKET'] ?? '';
    const user = exported.objectKey.split('/')[1] ?? '';
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `digests/${user}/` }));
    expect(listed.Contents?.map(({ Key }) => Key?.split('/')[2])).toEqual([
      '2025-W02',
      '2025-W03',
      '2025-W04',
    ]);
    const third = listed.Contents?.[1]?.Key ?? '';
    const read = async (Key: string) =>
      (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
    expect(JSON.parse((await read(third)) ?? '')).toMatchObject({
      week: '2025-W03',
      trades: 1,
      profitCents: 1_250,
      wins: 1,
    });
    expect(await read(exported.objectKey)).toMatch(
      /^executed_at,symbol,.*\n2025-01-15 10:00:00\+00,AAPL,buy,3\.00000000,/,
    );
    s3.destroy();
  });

  test('try again, put aside what keeps failing, and do it when it is replayed', async () => {
    const { workers } = journal;
    expect(await ask(`${workers.url}/-/pause`, { method: 'POST' })).toMatchObject({ body: { paused: true } });
    const failing = await journal.start('workers', { AI_URL: 'http://127.0.0.1:1' });
    const { socket, messages } = await demo.socket();
    await demo.post('/api/reflections', reflection);
    await eventually(() => messages.find(({ topic }) => topic === 'score.failed'), 'the failure is told');
    expect(failing.output().match(/"message":"job failed"/g)).toHaveLength(3);
    const { body } = await ask(`${failing.url}/metrics`);
    expect(body['text']).toMatch(/^queue_depth\{queue="q_score_dlq"\} 1$/m);
    expect(body['text']).toMatch(/^queue_depth\{queue="q_score"\} 0$/m);
    expect(await failing.stop()).toBe(0);
    expect(await ask(`${workers.url}/-/resume`, { method: 'POST' })).toMatchObject({
      body: { paused: false },
    });
    expect(await ask(`${workers.url}/-/replay/q_score`, { method: 'POST' })).toMatchObject({
      body: { replayed: 1 },
    });
    await eventually(() => messages.find(({ topic }) => topic === 'score.done'), 'the score is told');
    socket.close();
  });

  test.each([
    ['nobody while only heuristics are allowed', { FLAG_HEURISTICS_ONLY: 'true' }, 'heuristics'],
    [
      'the vendor when the coach is gone and its flag is on',
      { FLAG_FEATURE_VENDOR_FALLBACK: 'true' },
      'vendor',
    ],
  ])('ask %s', async (_, changed, by) => {
    const { workers, ai } = journal;
    await ask(`${workers.url}/-/pause`, { method: 'POST' });
    const others = await journal.start('workers', {
      AI_URL: 'http://127.0.0.1:1',
      VENDOR_URL: ai.url,
      ...changed,
    });
    const { socket, messages } = await demo.socket();
    await demo.post('/api/reflections', reflection);
    await eventually(() => messages.find(({ topic }) => topic === 'score.done'), 'the score is told');
    const stored = await demo.get('/api/reflections?limit=1');
    expect(stored.body['reflections']).toMatchObject([{ scoredBy: by }]);
    expect(others.output()).not.toContain('job failed');
    expect(await others.stop()).toBe(0);
    await ask(`${workers.url}/-/resume`, { method: 'POST' });
    socket.close();
  });

  test('a Redis that goes and comes back empty loses no job and no session', async () => {
    const { workers } = journal;
    await ask(`${workers.url}/-/pause`, { method: 'POST' });
    const order = await demo.post('/api/imports', { source: 'synthetic', fills: 10 });
    await eventually(
      () => redis.exists(`bull:q_import:${String(order.body['id'])}`),
      'the job is in the queue',
    );
    await journal.stopRedis();
    expect(await demo.get('/auth/me')).toMatchObject({ status: 200 });
    expect(await ask(`${workers.url}/readyz`)).toMatchObject({ status: 503 });
    await journal.startRedis();
    await ask(`${workers.url}/-/resume`, { method: 'POST' });
    expect(await settled(`/api/imports/${String(order.body['id'])}`)).toMatchObject({ state: 'done' });
    expect(await demo.get('/auth/me')).toMatchObject({ status: 200 });
  });

  test('told to stop, finish the job they have begun', async () => {
    await ask(`${journal.workers.url}/-/pause`, { method: 'POST' });
    const workers = await journal.start('workers');
    const order = await demo.post('/api/imports', { source: 'synthetic', fills: 4_000 });
    const path = `/api/imports/${String(order.body['id'])}`;
    await eventually(async () => (await demo.get(path)).body['state'] === 'running', 'it runs');
    expect(await workers.stop()).toBe(0);
    expect(await demo.get(path)).toMatchObject({ body: { state: 'done', progress: 100 } });
    await ask(`${journal.workers.url}/-/resume`, { method: 'POST' });
  });
});
