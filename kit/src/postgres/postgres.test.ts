import { afterAll, beforeAll, expect, test } from 'vitest';
import { keptLog } from '../log.fixture.ts';
import { createMetrics } from '../metrics.ts';
import { startProxy } from '../proxy.fixture.ts';
import { eventually, startStore, type TestStore } from '../testing-stores.fixture.ts';
import { createDatabase, type Database, DatabaseAwayError } from './index.ts';

let store: TestStore;
beforeAll(async () => void (store = await startStore('postgres')));
afterAll(() => store.close());

async function opened<T>(
  options: object,
  work: (database: Database, kept: ReturnType<typeof keptLog>) => Promise<T>,
) {
  const kept = keptLog();
  const database = createDatabase({ url: store.url, ...options }, { log: kept.log });
  try {
    return await work(database, kept);
  } finally {
    await database.close();
  }
}

test('rows, values and refusals of the server', () =>
  opened({}, async (database) => {
    expect(await database.query<{ sum: number }>('SELECT $1::int + 2 AS sum', [40])).toEqual([{ sum: 42 }]);
    await expect(database.query('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '42P01' });
    await database.ready();
  }));

test('a transaction is whole or not at all', () =>
  opened({ poolSize: 2 }, async (database) => {
    await database.query('CREATE TABLE kept (id int PRIMARY KEY)');
    const result = await database.transaction(async (tx) => {
      await tx.query('INSERT INTO kept VALUES (1)');
      return 'done';
    });
    expect(result).toBe('done');
    const failing = database.transaction(async (tx) => {
      await tx.query('INSERT INTO kept VALUES (2)');
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const twice = database.transaction((tx) => tx.query('INSERT INTO kept VALUES (3), (3)'));
    await expect(twice).rejects.toMatchObject({ code: '23505' });
    const unheeding = database.transaction(async (tx) => {
      await tx.query('INSERT INTO kept VALUES (4)');
      await tx.query('INSERT INTO kept VALUES (1)').catch(() => undefined);
      return 'all is well';
    });
    await expect(unheeding).rejects.toThrow('rolled back');
    const heeding = database.transaction(async (tx) => {
      await tx.query('INSERT INTO kept VALUES (5)');
      await tx.query('SAVEPOINT before');
      await tx.query('INSERT INTO kept VALUES (1)').catch(() => tx.query('ROLLBACK TO before'));
      return 'five';
    });
    expect(await heeding).toBe('five');
    expect(await database.query('SELECT id FROM kept ORDER BY id')).toEqual([{ id: 1 }, { id: 5 }]);
    // As many as there are connections: each was given back.
    await Promise.all([1, 2, 3].map(() => database.transaction((tx) => tx.query('SELECT 1'))));
    expect(database.pool.totalCount - database.pool.idleCount).toBe(0);
  }));

test('a statement that takes too long is ended by the server', () =>
  opened({ statementTimeout: 300 }, async (database, { messages }) => {
    const begun = performance.now();
    await expect(database.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(messages()).toEqual([]); // slow is not away
  }));

test('a wait for a connection ends in time; the database is not said to be away for it', () =>
  opened({ connectTimeout: 1_000, poolSize: 1 }, async (database, { messages }) => {
    await database.query('SELECT 1');
    const holding = database.transaction((tx) => tx.query('SELECT pg_sleep(2)'));
    await expect(database.query('SELECT 1')).rejects.toThrow(DatabaseAwayError);
    await holding;
    expect(messages()).toEqual([]);
  }));

test('an error of a statement does not cost the connection', () =>
  opened({ poolSize: 1 }, async (database) => {
    const own = () => database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const before = await own();
    await expect(database.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
    await expect(database.transaction((tx) => tx.query('SELECT 1/0'))).rejects.toMatchObject({
      code: '22012',
    });
    expect(await own()).toEqual(before);
  }));

test('a server that is killed and comes back: rejected in between, told once, no crash', () =>
  opened({}, async (database, { messages }) => {
    await Promise.all(Array.from({ length: 5 }, () => database.query('SELECT pg_sleep(0.05)')));
    expect(database.pool.idleCount).toBe(5);
    const within = database.transaction(async (tx) => {
      await tx.query('SELECT 1');
      store.kill();
      // The processes of its connections outlive it for a moment, and answer.
      await eventually(() => database.pool.idleCount === 0, 'the loss is noticed');
      await eventually(
        () =>
          tx.query('SELECT 1').then(
            () => false,
            () => true,
          ),
        'here as well',
      );
      return tx.query('SELECT 1');
    });
    await expect(within).rejects.toMatchObject({ code: 'database_away' });
    await expect(database.query('SELECT 1')).rejects.toThrow(DatabaseAwayError);
    await expect(database.ready()).rejects.toThrow();
    expect(messages()).toEqual(['database was lost']);

    await store.restart();
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await database.transaction((tx) => tx.query('SELECT 2 AS two'))).toEqual([{ two: 2 }]);
    expect(messages()).toEqual(['database was lost', 'database is back']);
  }));

test('a server that falls silent is given up in time, also within a transaction, without another wait to roll back', async () => {
  const proxy = await startProxy(Number(new URL(store.url).port));
  const url = new URL(store.url);
  url.port = String(proxy.port);
  const options = { url: url.href, statementTimeout: 400, connectTimeout: 1_000, poolSize: 3 };
  await opened(options, async (database, { messages }) => {
    await Promise.all([1, 2].map(() => database.query('SELECT pg_sleep(0.05)'))); // two connections
    const began = Promise.withResolvers<void>();
    const within = database.transaction(async (tx) => {
      await tx.query('SELECT 1');
      began.resolve();
      await eventually(() => proxy.isSilent(), 'it is silent');
      return tx.query('SELECT 1');
    });
    await began.promise;
    proxy.silence();
    const tookOf = async (work: Promise<unknown>) => {
      const begun = performance.now();
      await expect(work).rejects.toMatchObject({ code: 'database_away' });
      return performance.now() - begun;
    };
    const [query, transaction] = await Promise.all([tookOf(database.query('SELECT 1')), tookOf(within)]);
    expect(transaction).toBeLessThan(950); // twice 500 if it waited again to roll back
    expect(Math.min(query, transaction)).toBeGreaterThan(390);
    expect(messages()).toEqual(['database was lost']);

    proxy.speak();
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(messages()).toEqual(['database was lost', 'database is back']);
  });
  await proxy.close();
});

test('connections that the server ends in good order are replaced', () =>
  opened({}, async (database, { messages }) => {
    await database.query('SELECT 1');
    await opened({}, (other) =>
      other.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
      ),
    );
    await eventually(() => messages().includes('database was lost'), 'the loss is noticed');
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  }));

test('metrics count connections by database and state', async () => {
  const metrics = createMetrics();
  const { log } = keptLog();
  const databases = ['main', 'reports'].map((name) =>
    createDatabase({ url: store.url }, { log, metrics, name }),
  );
  await databases[0]?.query('SELECT 1');
  const text = await metrics.render();
  expect(text).toContain('db_pool_connections{database="main",state="idle"} 1');
  expect(text).toContain('db_pool_connections{database="reports",state="idle"} 0');
  await Promise.all(databases.map((database) => database.close()));
});
