import { writeSync } from 'node:fs';
import { type Clock, instant } from '#kernel';
import { openSqliteStore } from './sqlite.ts';

/**
 * A program that appends to the stream "shared" and counts in a row, for tests with several processes.
 * Arguments: file, its name, number of commits. Prints `<name>-<number> <sequence>` after each acknowledged commit.
 */
const [file = '', name = '', count = '0'] = process.argv.slice(2);
const clock: Clock = { now: () => instant(0), sleep: () => new Promise((resolve) => setImmediate(resolve)) };
const opened = await openSqliteStore(file, { clock });
if (!opened.ok) throw new Error(JSON.stringify(opened.error));
const store = opened.value;

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
