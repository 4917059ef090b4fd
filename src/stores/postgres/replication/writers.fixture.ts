import pg from 'pg';
import { onTestFinished } from 'vitest';
import { millis } from '#kernel';
import type { StoreBinding } from '../../contract.ts';
import { testClock } from '../../place.fixture.ts';
import { query } from './replication.fixture.ts';

/** Services that write numbers one after the other and connect again when they are cut off. */
export async function writers(binding: StoreBinding, count = 4) {
  await query(binding, 'CREATE TABLE IF NOT EXISTS written (number bigint PRIMARY KEY)');
  const acknowledged = new Set<number>();
  const ending = new AbortController();
  let next = 1;
  let longestSilence = 0;
  let last = performance.now();
  const write = async () => {
    while (!ending.signal.aborted) {
      const client = new pg.Client({
        connectionString: binding.env['URL'] ?? '',
        connectionTimeoutMillis: 1_000,
        query_timeout: 8_000,
      });
      client.on('error', () => {});
      try {
        await client.connect();
        while (!ending.signal.aborted) {
          const number = next++;
          await client.query('INSERT INTO written VALUES ($1)', [number]);
          acknowledged.add(number);
          longestSilence = Math.max(longestSilence, performance.now() - last);
          last = performance.now();
        }
      } catch {
        await testClock.sleep(millis(20));
      } finally {
        await client.end().catch(() => {});
      }
    }
  };
  const writing = Promise.all(Array.from({ length: count }, write));
  const end = async () => {
    ending.abort();
    await writing;
  };
  onTestFinished(end);
  return {
    acknowledged,
    end,
    longestSilence: () => Math.round(longestSilence),
    /** Resolves when this many more were acknowledged. */
    async more(wanted: number) {
      const goal = acknowledged.size + wanted;
      const until = performance.now() + 30_000;
      while (acknowledged.size < goal) {
        if (performance.now() > until) throw new Error(`no more than ${acknowledged.size} writes`);
        await testClock.sleep(millis(10));
      }
    },
    /** Acknowledged writes that are not there. */
    async lost(): Promise<readonly number[]> {
      const before = [...acknowledged]; // writers go on while we look
      const there = new Set((await query(binding, 'SELECT number FROM written')).map(Number));
      return before.filter((number) => !there.has(number));
    },
  };
}
