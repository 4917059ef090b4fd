import type { Redis } from 'ioredis';
import { ok, type Result } from '#kernel';
import type { ExamineAsk, Examined } from '#ports';
import { copyFailed, restoredDetail, returningFailures, runningServer } from '../copies-ground.ts';
import { factOf } from './copies-restore.ts';
import { infoOf, keysByDatabase, numberOf, withRedis } from './copies-session.ts';

const BATCH = 200;

/**
 * Reads every key of a running server that was restored, and compares their number with what the copy held.
 * Failures: `store_copy_failed` (facts: store, reason), when it does not run or answer; `store_state_unreadable`.
 */
export async function examineRedis(
  store: string,
  { folder, signal }: ExamineAsk,
): Promise<Result<readonly Examined[]>> {
  const failed = (reason: string) => copyFailed(store, reason);
  return returningFailures(async () => {
    const running = await runningServer(folder, store);
    if (!running.ok) return running;
    return withRedis(running.value.access, async (redis) => {
      const databases = await keysByDatabase(redis);
      let [read, unreadable] = [0, 0];
      for (const database of databases.keys()) {
        await redis.select(database);
        for await (const found of readAll(redis)) {
          if (signal.aborted) return failed('it was cancelled');
          read += found.read;
          unreadable += found.unreadable;
        }
      }
      const keys: Examined = {
        name: 'keys',
        ok: unreadable === 0,
        detail: unreadable === 0 ? `${read} keys read` : `${unreadable} keys cannot be read`,
      };
      return ok([keys, await countAgain(redis, folder)]);
    });
  }, failed);
}

/** DUMP gives the whole value of a key, whatever its type. A key whose time is over meanwhile is not there: no fault. */
async function* readAll(
  redis: Redis,
): AsyncGenerator<{ readonly read: number; readonly unreadable: number }> {
  for (let cursor = '0'; ; ) {
    const [next, keys] = await redis.scanBuffer(cursor, 'COUNT', BATCH);
    const pipeline = redis.pipeline();
    for (const key of keys) pipeline.dumpBuffer(key);
    const answers = keys.length === 0 ? [] : ((await pipeline.exec()) ?? []);
    const read = answers.filter(([error, value]) => error === null && value !== null).length;
    yield { read, unreadable: answers.filter(([error]) => error !== null).length };
    cursor = String(next);
    if (cursor === '0') return;
  }
}

/** None may be missing but those whose time is over. */
async function countAgain(redis: Redis, folder: string): Promise<Examined> {
  const present = [...(await keysByDatabase(redis)).values()].reduce((sum, keys) => sum + keys, 0);
  const expected = factOf(await restoredDetail(folder), 'keys');
  const name = 'number of keys';
  if (expected === null)
    return { name, ok: true, detail: `${present} keys; it was not noted how many there must be` };
  const overNow =
    (numberOf(await infoOf(redis, 'stats'), 'expired_keys') ?? 0) +
    (numberOf(await infoOf(redis, 'persistence'), 'rdb_last_load_keys_expired') ?? 0);
  const missing = expected - present - overNow;
  if (missing > 0) return { name, ok: false, detail: `${missing} of ${expected} keys are missing` };
  return { name, ok: true, detail: `${present} keys, ${expected} were restored, ${overNow} ended since` };
}
