import { afterAll, beforeAll, expect, test } from 'vitest';
import { personAt } from './testing/people.ts';
import { startSystem, type System } from './testing/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
}, 120_000);
afterAll(() => system?.close(), 60_000);

const tables = async () =>
  (
    await system.pool.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
    )
  ).rows.map(({ name }) => name);

test('every table has a user_id', async () => {
  const { rows } = await system.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'user_id' ORDER BY 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(await tables());
  expect(rows.length).toBeGreaterThan(10);
});

/** Somebody with a row wherever a user can have one. */
async function busyPerson(email: string) {
  const person = await personAt(system.url, email);
  await person.post('/api/auth/two-factor/enable', { password: 'a long password' });
  await person.send('PUT', '/api/broker', {
    broker: 'alpaca',
    key: 'key-of-a-broker-1234',
    secret: 'very secret',
  });
  const order = { symbol: 'NVDA', side: 'buy', quantity: 1, limitCents: null };
  await person.post('/api/orders', order, { 'idempotency-key': 'gdpr' });
  await person.post('/api/agent/proposals', { symbol: 'NVDA', question: 'Wait?' });
  const { userId } = (await person.get('/api/me')).body as { userId: string };
  return { ...person, userId };
}

test('the export has everything of a user and no secret', async () => {
  const person = await busyPerson('export@example.com');
  const other = await busyPerson('other@example.com');
  const { status, body } = await person.get('/api/me/export');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    auth: { user: { email: 'export@example.com' }, accounts: [{ provider: 'credential' }], sessions: [{}] },
    trading: {
      orders: [{ symbol: 'NVDA', status: 'filled' }],
      trades: [{ symbol: 'NVDA', quantity: 1 }],
      brokers: [{ broker: 'alpaca', lastFour: '1234' }],
      audit: [{ action: 'broker.connected' }, { action: 'order.placed' }, { action: 'order.filled' }],
    },
    agent: { proposals: [{ question: 'Wait?' }] },
    notification: { notifications: [{ title: 'Bought 1 NVDA' }] },
  });
  const text = JSON.stringify(body);
  for (const hidden of ['very secret', 'key-of-a-broker', 'password', other.userId, 'other@example.com'])
    expect(text).not.toContain(hidden);
});

test('after deletion no row has the user, and the audit is unbroken under a pseudonym', async () => {
  const person = await busyPerson('gone@example.com');
  const rowsOf = async () => {
    const counts: Record<string, number> = {};
    for (const table of await tables()) {
      const sql = `SELECT count(*)::integer AS count FROM ${table} WHERE user_id::text = $1`;
      counts[table] = (await system.pool.query<{ count: number }>(sql, [person.userId])).rows[0]?.count ?? -1;
    }
    return counts;
  };
  const before = await rowsOf();
  const expected = [
    'accounts',
    'audit_subjects',
    'broker_credentials',
    'notifications',
    'orders',
    'proposals',
  ];
  for (const table of [...expected, 'sessions', 'trades', 'two_factors', 'users'])
    expect(before[table], table).toBeGreaterThan(0);
  const { rows } = await system.pool.query<{ pseudonym: string }>(
    'SELECT pseudonym FROM audit_subjects WHERE user_id = $1',
    [person.userId],
  );

  const deleted = await person.send('DELETE', '/api/me');
  expect(deleted).toMatchObject({ status: 200, body: { deleted: true } });
  expect(new Set(Object.values(await rowsOf()))).toEqual(new Set([0]));
  expect((await person.get('/api/me')).status).toBe(401);

  const kept = await system.pool.query<{ action: string; details: string }>(
    'SELECT action, details FROM trading_audit WHERE user_id = $1 ORDER BY sequence',
    [rows[0]?.pseudonym],
  );
  expect(kept.rows.map(({ action }) => action)).toEqual([
    'broker.connected',
    'order.placed',
    'order.filled',
    'account.deleted',
  ]);
  expect(JSON.stringify(kept.rows)).not.toContain(person.userId);
});
