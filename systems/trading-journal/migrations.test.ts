import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hashPassword } from 'fairway-kit';
import {
  eventually,
  killAll,
  runPhase,
  runToEnd,
  startService,
  type Variables,
} from './testing/processes.ts';
import { startStores } from './testing/stores.ts';
import { logIn } from './testing/visitor.ts';

const rows = 25_000;
let stores: Awaited<ReturnType<typeof startStores>>;
let database: pg.Pool;
let env: Variables;

beforeAll(async () => {
  stores = await startStores();
  const secrets = {
    SESSION_SECRET: 'a-session-secret-of-tests',
    JWT_SECRET: 'a-jwt-secret-of-tests',
    AI_HMAC_SECRET: 'an-hmac-secret-of-tests',
  };
  env = { ...stores.env, ...secrets, AI_URL: 'http://127.0.0.1:1', MIGRATE_AT_START: 'false' };
  database = new pg.Pool({ connectionString: env['DATABASE_URL'] ?? '', max: 3 });
  database.on('error', () => undefined);
}, 60_000);
beforeEach(async () => {
  await database.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
});
afterAll(async () => {
  killAll();
  await database?.end();
  await stores?.close();
});

const phase = (name: string) => runPhase(name, env).ended;

/** Somebody logged in at an edge before a new core. */
async function startJournal() {
  const core = await startService('core', env);
  const edge = await startService('edge', { ...env, CORE_URL: core.url });
  const demo = await logIn(edge.url, 'demo@example.com');
  const stop = () => Promise.all([core.stop(), edge.stop()]);
  const newest = async () => {
    const { body } = await demo.get('/api/reflections?limit=3');
    return (body['reflections'] as { note: string; scoredBy: string | null }[]).map(
      ({ note, scoredBy }) => `${note}: ${scoredBy}`,
    );
  };
  return { core, edge, demo, newest, stop };
}

describe('a fresh database', () => {
  test('is made by the three phases before core starts, and core applies nothing', async () => {
    for (const name of ['expand', 'backfill', 'contract'])
      expect(await phase(name)).toMatchObject({ code: 0 });
    const { core, demo, newest, stop } = await startJournal();
    const workers = await startService('workers', env);
    expect(core.output()).not.toContain('migrated');
    await demo.post('/api/reflections', { note: 'first' });
    await eventually(async () => (await newest())[0] === 'first: heuristics', 'the reflection is scored');
    expect(await Promise.all([workers.stop(), stop()])).toEqual([0, [0, 0]]);
  }, 90_000);

  test('is refused by a core that shall not migrate, with a sentence that says what to do', async () => {
    const { code, output } = await runToEnd('services/core', 'main.ts', { ...env, PORT: '0' });
    expect(code).toBe(1);
    expect(output).toContain('The database lacks 001-accounts.sql, 002-journal.sql');
    expect(output).toContain('run the phase expand');
  });

  test('is made by core itself where no release runs tasks, in the words of the runner', async () => {
    const core = await startService('core', { ...env, MIGRATE_AT_START: 'true' });
    expect(core.output()).toContain('004-score-source.sql');
    expect(await phase('expand')).toMatchObject({
      code: 0,
      output: expect.stringContaining('Nothing is left') as string,
    });
    expect(await core.stop()).toBe(0);
  });
});

describe('a database of the version before', () => {
  /** As that version left it: its tables, its ledger, its rows. */
  async function fill() {
    for (const name of ['001-accounts', '002-journal', '003-outbox']) {
      const file = new URL(`services/core/migrations/expand/${name}.sql`, import.meta.url);
      await database.query(await readFile(file, 'utf8'));
    }
    await database.query('CREATE TABLE schema_migrations (name text PRIMARY KEY, checksum text NOT NULL)');
    const { rows: users } = await database.query<{ id: string }>(
      `INSERT INTO users (email, name, password_hash) VALUES ('demo@example.com', 'Demo', $1) RETURNING id`,
      [await hashPassword('demo-password')],
    );
    await database.query(
      `INSERT INTO reflections (user_id, note, score, scored_by, created_at)
       SELECT $1, 'note ' || n, n % 100, (ARRAY['ai', 'heuristics', NULL])[n % 3 + 1], now() - n * interval '1 second'
       FROM generate_series(1, $2::int) AS n`,
      [users[0]?.id, rows],
    );
    return users[0]?.id ?? '';
  }
  const different = async () => {
    const found = await database.query<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM reflections WHERE scored_by IS DISTINCT FROM score_source',
    );
    return found.rows[0]?.rows;
  };

  test('serves both versions after expand, also while rows are moved, and the new one after contract', async () => {
    const userId = await fill();
    expect(await phase('expand')).toMatchObject({ code: 0 });
    const scored = rows - Math.floor((rows + 1) / 3);
    expect(await different()).toBe(scored);

    // What the version before says to the database, word for word.
    const formerColumns = `id, note, score, advice, scored_by AS "scoredBy", created_at AS "createdAt"`;
    const { rows: created } = await database.query<{ id: string; scoredBy: string | null }>(
      `INSERT INTO reflections (user_id, note) VALUES ($1, $2) RETURNING ${formerColumns}`,
      [userId, 'by the old one'],
    );
    const formerScore = 'UPDATE reflections SET score = $2, advice = $3, scored_by = $4 WHERE id = $1';
    await database.query(formerScore, [created[0]?.id, 70, '[]', 'ai']);
    // And the new one after it: the old one reads what the new one wrote.
    const { newest, stop } = await startJournal();
    expect(await newest()).toEqual(['by the old one: ai', 'note 1: heuristics', 'note 2: null']);
    await database.query('UPDATE reflections SET score_source = $2 WHERE id = $1', [
      created[0]?.id,
      'heuristics',
    ]);
    const { rows: reread } = await database.query(`SELECT ${formerColumns} FROM reflections WHERE id = $1`, [
      created[0]?.id,
    ]);
    expect(reread[0]).toMatchObject({ scoredBy: 'heuristics' });

    const early = await phase('contract');
    expect(early.code).toBe(2);
    const killed = runPhase('backfill', env, ['--batch-pause', '30ms']);
    await eventually(() => killed.output().includes('"done":9000'), 'a part is moved');
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(await different()).toBeGreaterThan(0);
    expect(await different()).toBeLessThan(scored);
    expect(await newest()).toEqual(['by the old one: heuristics', 'note 1: heuristics', 'note 2: null']);
    expect(await phase('backfill')).toMatchObject({ code: 0 });
    expect(await different()).toBe(0);

    expect(await phase('contract')).toMatchObject({ code: 0 });
    expect(await newest()).toEqual(['by the old one: heuristics', 'note 1: heuristics', 'note 2: null']);
    const { rows: sources } = await database.query(
      'SELECT score_source AS source, count(*)::int AS rows FROM reflections GROUP BY 1 ORDER BY 1 NULLS LAST',
    );
    expect(sources.reduce((sum, { rows: count }: { rows?: number }) => sum + (count ?? 0), 0)).toBe(rows + 1);
    expect(await database.query("SELECT to_regclass('schema_migrations') AS it")).toMatchObject({
      rows: [{ it: null }],
    });
    expect(await stop()).toEqual([0, 0]);
  }, 90_000);
});
