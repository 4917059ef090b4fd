import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trade } from './testing/entries.ts';
import { type Journal, startJournal } from './testing/journal.ts';
import { eventually } from './testing/processes.ts';
import { logIn } from './testing/visitor.ts';

const key = 'key-of-a-broker-7d1f';
const fills =
  'executed_at,symbol,side,quantity,price,profit_cents\n2025-02-01T10:00:00Z,BTCUSD,buy,1,10.5,7\n';
let journal: Journal;
let demo: Awaited<ReturnType<typeof logIn>>;
let broker: Server;
/** What the broker answers next; afterwards the fills. */
const refusals: number[] = [];
const shown: string[] = [];
/** Names of all headers that the broker has seen. */
const headers = new Set<string>();

beforeAll(async () => {
  broker = createServer((request, response) => {
    shown.push(String(request.headers['x-api-key']));
    for (const name of Object.keys(request.headers)) headers.add(name);
    const status = refusals.shift() ?? 200;
    response.writeHead(status, { 'content-type': 'text/csv' }).end(status === 200 ? fills : '');
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  const { port } = broker.address() as AddressInfo;
  journal = await startJournal({
    FLAG_FEATURE_BINANCE: 'true',
    JOB_RETRIES: '10', // with 20 ms at first: for 20 s
    BROKER_URL: `http://127.0.0.1:${port}`,
  });
  demo = await logIn(journal.edge.url, 'demo@example.com');
}, 120_000);
afterAll(async () => {
  broker?.close();
  await journal?.close();
});

async function imported(keyId: string) {
  const order = await demo.post('/api/imports', { source: 'broker', keyId });
  expect(order).toMatchObject({ status: 202 });
  return eventually(async () => {
    const { body } = await demo.get(`/api/imports/${String(order.body['id'])}`);
    return body['state'] === 'done' || body['state'] === 'failed' ? body : null;
  }, 'the import is over');
}

async function keepKey(): Promise<string> {
  const kept = await demo.post('/api/brokers', { broker: 'binance', key });
  expect(kept).toMatchObject({ status: 201, body: { broker: 'binance', ending: '7d1f' } });
  expect(JSON.stringify(kept.body)).not.toContain(key);
  return String(kept.body['id']);
}

describe('the key of a broker', () => {
  test('is kept encrypted, shown to nobody, and used for imports', async () => {
    const id = await keepKey();
    const { rows } = await journal.database.query<{ all: string; sealed: Buffer; wrapped: Buffer }>(
      'SELECT broker_keys::text AS all, sealed, wrapped FROM broker_keys WHERE id = $1',
      [id],
    );
    expect(rows[0]?.all).not.toContain(key);
    expect(rows[0]?.sealed.includes(key)).toBe(false);
    const { body } = await demo.get('/api/brokers');
    expect(body['brokers']).toMatchObject([{ id, broker: 'binance', ending: '7d1f' }]);
    refusals.push(429); // asked to wait: the job comes again
    expect(await imported(id)).toMatchObject({ state: 'done', result: { fills: 1 } });
    expect(shown).toEqual([key, key]);
    // He is somebody else: who of us asked what is not told to him.
    expect([...headers].filter((name) => /^(?:trace|x-(?!api-key$))/.test(name))).toEqual([]);
  });

  test('serves its owner only', async () => {
    const id = await keepKey();
    const probe = await logIn(journal.edge.url, 'probe@example.com');
    expect((await probe.get('/api/brokers')).body['brokers']).toEqual([]);
    expect(await probe.remove(`/api/brokers/${id}`)).toMatchObject({ status: 404 });
    expect(await demo.remove(`/api/brokers/${id}`)).toMatchObject({ status: 200 });
    expect(await imported(id)).toMatchObject({
      state: 'failed',
      failure: 'There is no such key of a broker.',
    });
  });

  test('that was changed in the database opens no more', async () => {
    const id = await keepKey();
    const change =
      'UPDATE broker_keys SET sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) WHERE id = $1';
    await journal.database.query(change, [id]);
    expect(await imported(id)).toMatchObject({
      failure: expect.stringContaining('has been changed') as string,
    });
  });

  test('is wrapped anew under the next DATA_KEY, and opens with it alone', async () => {
    const id = await keepKey();
    const ofRow = async () =>
      (
        await journal.database.query<{ keyId: string; sealed: Buffer }>(
          'SELECT key_id AS "keyId", sealed FROM broker_keys WHERE id = $1',
          [id],
        )
      ).rows[0];
    const before = await ofRow();
    // Under a key that nobody has any more, and the first in order: it must not hold up the others.
    await journal.database.query(
      `INSERT INTO broker_keys (id, user_id, broker, ending, key_id, wrapped, sealed)
       SELECT '00000000-0000-0000-0000-000000000000', user_id, broker, ending, 'gone', wrapped, sealed
       FROM broker_keys WHERE id = $1`,
      [id],
    );
    const next = { DATA_KEY: 'planted-next-data-key-88', DATA_KEY_PREVIOUS: journal.env['DATA_KEY'] ?? '' };
    const core = await journal.start('core', next);
    await eventually(async () => (await ofRow())?.keyId !== before?.keyId, 'it is wrapped anew');
    expect((await ofRow())?.sealed.equals(before?.sealed ?? Buffer.alloc(0))).toBe(true);
    // Workers that have not been released yet do not know the next one: their jobs wait for those that do.
    const early = imported(id);
    await eventually(() => journal.workers.output().includes('is not among those'), 'a worker has tried');
    expect(await journal.workers.stop()).toBe(0);
    const workers = await journal.start('workers', { DATA_KEY: next.DATA_KEY });
    expect(await early).toMatchObject({ state: 'done' });
    expect(await imported(id)).toMatchObject({ state: 'done' });
    expect(await Promise.all([core.stop(), workers.stop()])).toEqual([0, 0]);
  });

  test('is refused when it is none, and stands in no output', async () => {
    expect(await demo.post('/api/brokers', { broker: 'binance', key: 'short' })).toMatchObject({
      status: 422,
    });
    expect(await demo.post('/api/imports', { ...trade, source: 'broker' })).toMatchObject({ status: 422 });
    expect(journal.leaked()).toEqual([]);
    expect(journal.all.map((service) => service.output()).join('')).not.toContain(key);
  });
});
