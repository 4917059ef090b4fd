import { createClient, type Host } from 'fairway-kit';
import type { Database } from 'fairway-kit/postgres';
import { type DataKeys, readKey } from '../common/broker-keys.ts';
import { fail, ok, type Result } from '../common/result.ts';

/** The fills of the last 90 days as a broker tells them, in the lines of an import. Rejects when he cannot be reached. */
export type AskBroker = (userId: string, keyId: string) => Promise<Result<string>>;

const patience = 10_000;
/** As of a file that is imported. */
const largest = 1_000_000;

/**
 * Asks with the user's own key, which is opened for this call only. Failures, none of which passes by itself: `broker_missing`,
 * `broker_refused`, `key_not_found`, `seal_broken`. Being asked to wait is none, nor is a key that this replica does not know
 * yet: the job comes again.
 */
export function createBroker(
  { url, database, dataKeys }: { url: string | null; database: Database; dataKeys: DataKeys | null },
  world: Pick<Host, 'log' | 'metrics' | 'clock'>,
): AskBroker {
  if (url === null || dataKeys === null)
    return () => Promise.resolve(fail('broker_missing', 'No broker can be asked here.'));
  const client = createClient(
    { name: 'broker', base: url, timeout: patience, retries: null, largest, outside: true },
    world,
  );
  return async (userId, id) => {
    const key = await readKey(database, dataKeys, { userId, id });
    // Core wraps with the next DATA_KEY before all workers know it, and they will by and by.
    if (!key.ok && key.code === 'key_unknown') throw new Error(key.detail);
    if (!key.ok) return key;
    const { status, body } = await client.call('GET', '/fills?days=90', {
      headers: { 'x-api-key': key.value },
    });
    if (status === 429 || status >= 500) throw new Error(`The broker answered ${status}.`);
    if (status !== 200 || typeof body !== 'string')
      return fail('broker_refused', `The broker answered ${status}.`);
    return ok(body);
  };
}
