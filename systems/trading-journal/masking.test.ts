import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPhase } from './testing/processes.ts';
import { startStores } from './testing/stores.ts';

let stores: Awaited<ReturnType<typeof startStores>>;
let database: pg.Client;
beforeAll(async () => {
  stores = await startStores();
  database = new pg.Client({ connectionString: stores.env['DATABASE_URL'] ?? '' });
  database.on('error', () => undefined);
  await database.connect();
  expect((await runPhase('expand', stores.env).ended).code).toBe(0);
}, 120_000);
afterAll(async () => {
  await database?.end();
  await stores?.close();
});

const planted = [
  'ada.lovelace',
  'Lovelace',
  'hash-of-ada',
  'told by Ada',
  'file-of-ada',
  'key-of-ada',
  'request-of-ada',
];

test('a masked copy holds nothing of the people of production, and as many rows of what they did', async () => {
  const { rows: users } = await database.query<{ id: string }>(
    `INSERT INTO users (email, name, password_hash)
     VALUES ('ada.lovelace@example.org', 'Ada Lovelace', 'hash-of-ada') RETURNING id`,
  );
  const id = users[0]?.id;
  const writes: readonly string[] = [
    `INSERT INTO reflections (user_id, note, advice) VALUES ($1, 'told by Ada to Babbage', '["told by Ada"]')`,
    `INSERT INTO trades (user_id, symbol, side, quantity, price, executed_at) VALUES ($1, 'AAPL', 'buy', 1, 2, now())`,
    `INSERT INTO jobs (user_id, kind, payload, traceparent, result, failure)
     VALUES ($1, 'import', '{"text":"file-of-ada"}', '', '{"of":"file-of-ada"}', 'file-of-ada')`,
    `INSERT INTO digests (user_id, week, object_key, summary) VALUES ($1, '2025-W01', 'digests/file-of-ada', '{}')`,
    `INSERT INTO idempotency_keys (user_id, key, request_hash, answer) VALUES ($1, 'request-of-ada', '', '{"note":"told by Ada"}')`,
    `INSERT INTO sessions (hash, user_id, expires_at) VALUES ('hash-of-ada', $1, now())`,
    `INSERT INTO audit (user_id, action, subject, request_id) VALUES ($1, 'x', 'trade Lovelace', 'request-of-ada')`,
    `INSERT INTO broker_keys (user_id, broker, ending, key_id, wrapped, sealed)
     VALUES ($1, 'binance', 'key-of-ada', 'k', 'key-of-ada', 'key-of-ada')`,
    `INSERT INTO outbox (topic, payload) VALUES ('x', jsonb_build_object('userId', $1::text, 'note', 'told by Ada'))`,
  ];
  for (const text of writes) await database.query(text, [id]);
  expect(await found()).toEqual(planted);

  await database.query(await readFile(new URL('masking/mask.sql', import.meta.url), 'utf8'));
  expect(await found()).toEqual([]);
  // What production had not done yet has nothing left to be done with: staging must not try.
  const open = await database.query(`SELECT 1 FROM jobs WHERE state IN ('queued', 'running')`);
  expect(open.rows).toEqual([]);
  const counts = await database.query<{ left: string }>(
    `SELECT (SELECT count(*) FROM users) || ' ' || (SELECT count(*) FROM reflections) || ' ' ||
       (SELECT count(*) FROM trades) || ' ' || (SELECT count(*) FROM jobs) || ' ' || (SELECT count(*) FROM audit) AS left`,
  );
  expect(counts.rows[0]?.left).toBe('1 1 1 1 1');
});

/** Which of the planted words stand in any column of any table. */
async function found(): Promise<readonly string[]> {
  const { rows: tables } = await database.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await database.query<{ text: string }>(
        `SELECT coalesce(string_agg(to_jsonb(${name})::text, ' '), '') AS text FROM ${name}`,
      );
      return rows[0]?.text ?? '';
    }),
  );
  return planted.filter((word) => {
    const bytes = Buffer.from(word).toString('hex'); // as bytea is shown
    return texts.some((text) => text.includes(word) || text.includes(bytes));
  });
}
