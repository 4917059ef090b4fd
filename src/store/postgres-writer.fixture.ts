import { writeSync } from 'node:fs';
import { instant, millis } from '#kernel';
import { openPostgresStore } from './postgres.ts';

/**
 * A program that asks for a lease, then appends to the stream "shared" and counts in a row, for tests with several
 * processes. Arguments: its name, number of commits; the address comes in STORE_URL, as it holds a password. Prints
 * `lease <outcome>`, then `<name>-<number> <sequence>` after each acknowledged commit.
 */
const [name = '', count = '0'] = process.argv.slice(2);
const opened = await openPostgresStore({ url: process.env['STORE_URL'] ?? '' });
if (!opened.ok) throw new Error(JSON.stringify(opened.error));
const store = opened.value;

const lease = await store.acquire('engine', name, millis(60_000), instant(0));
writeSync(1, `lease ${lease.ok ? `mine ${lease.value.epoch}` : lease.error.code}\n`);
for (let number = 1; number <= Number(count); number += 1) {
  writeSync(1, `${name}-${number} ${await append(`${name}-${number}`)}\n`);
}
await store.close();

async function append(type: string): Promise<number> {
  for (;;) {
    const [last, row] = [await store.last('shared'), await store.row('counter', 'all')];
    const total = typeof row?.value === 'number' ? row.value : 0;
    const done = await store.commit({
      stream: 'shared',
      expected: last?.sequence ?? 0,
      entries: [{ type, at: instant(0), data: 'x'.repeat(200) }],
      rows: [{ kind: 'counter', key: 'all', expected: row?.version ?? 0, format: 1, value: total + 1 }],
      fence: null,
    });
    if (done.ok) return done.value.sequence;
    if (done.error.code !== 'store_conflict') throw new Error(JSON.stringify(done.error));
  }
}
