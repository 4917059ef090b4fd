import { afterAll, beforeAll } from 'vitest';
import { type RawEntry, storeContract } from '../../test/contract/store.ts';
import type { Store } from '#ports';
import type { Clock } from '#kernel';
import { openPostgresStore } from './postgres.ts';
import { startServer, type TestServer } from './postgres-server.fixture.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.dispose());

storeContract('the Postgres store', async (clock) => {
  await server.empty();
  let tampering: Promise<unknown> = Promise.resolve();
  let store = await opened(clock);
  return {
    store: whenever(() => tampering, store),
    async reopen() {
      await store.close();
      store = await opened(clock);
      return store;
    },
    // the contract does not wait for it: what is asked of the store next does
    tamper(stream, change) {
      tampering = tampering.then(() => tamper(stream, change));
    },
    dispose: () => store.close(),
  };
});

/** The store, whose `verify` waits for what goes on behind its back. */
function whenever(ready: () => Promise<unknown>, store: Store): Store {
  return {
    ...store,
    async verify(stream) {
      await ready();
      return store.verify(stream);
    },
  };
}

async function opened(clock: Clock): Promise<Store> {
  const result = await openPostgresStore({ url: server.url, time: clock });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Through a connection of its own, as an administrator would. */
async function tamper(stream: string, change: (entries: readonly RawEntry[]) => readonly RawEntry[]) {
  const columns = 'sequence, at, type, data, hash';
  const kept = await server.query(
    `SELECT sequence::float8, at, type, data, hash FROM fairway.entry WHERE stream = $1 ORDER BY sequence`,
    [stream],
  );
  const entries = change(kept as unknown as readonly RawEntry[]);
  await server.query('DELETE FROM fairway.entry WHERE stream = $1', [stream]);
  await server.query(
    `INSERT INTO fairway.entry (stream, ${columns})
     SELECT $1, e.* FROM json_to_recordset($2) AS e (sequence bigint, at float8, type text, data text, hash text)`,
    [stream, JSON.stringify(entries)],
  );
}
