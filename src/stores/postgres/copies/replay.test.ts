import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Clock } from '#kernel';
import { never, testClock, valueOf } from '../../place.fixture.ts';
import { query } from '../replication/replication.fixture.ts';
import { copyOf, cutAndShip, type Kept, place, request } from './copies.fixture.ts';
import { postgresCopies } from './index.ts';

/** Knows who still waits on it. */
function countingClock(): Clock & { waiting: () => number } {
  let waiting = 0;
  return {
    now: () => testClock.now(),
    async sleep(wait, signal) {
      waiting += 1;
      await testClock.sleep(wait, signal);
      waiting -= 1;
    },
    waiting: () => waiting,
  };
}

describe('a restore', () => {
  test('that is over leaves nobody waiting, who would keep the program from ending', async () => {
    const here = place();
    const { binding } = await here.start('db');
    const copies = here.copies('db');
    const kept = await copyOf(copies);
    await query(binding, 'CREATE TABLE kept AS SELECT 1 AS at');
    await cutAndShip(copies, kept);
    const clock = countingClock();
    here.open('second');
    const restoring = postgresCopies({ spec: here.spec, folder: here.folder('second'), clock });
    valueOf(await restoring.restore(request(kept, here.folder('second'))));
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.waiting()).toBe(0);
  });

  test('whose program is killed in the middle is ended, and its half data are erased, by whoever opens its folder next', async () => {
    const here = place();
    const { binding } = await here.start('db');
    const copies = here.copies('db');
    const kept = await copyOf(copies);
    for (let piece = 0; piece < 3; piece += 1) {
      await query(binding, `CREATE TABLE kept${piece} AS SELECT generate_series(1, 1000)`);
      await cutAndShip(copies, kept);
    }
    const folder = here.folder('second');
    const killed = await run(process.execPath, [fixture, toDisk(here.root, kept, here.spec), folder]);
    expect(killed).toBe('SIGKILL');
    const home = realpathSync(join(folder, 'home'));
    expect(serversIn(home)).not.toEqual([]);
    const next = here.open('second');
    valueOf(await next.stop(never));
    expect(serversIn(home)).toEqual([]);
    valueOf(await next.erase());
    expect([existsSync(home), existsSync(folder)]).toEqual([false, false]);
  }, 90_000);
});

const fixture = fileURLToPath(new URL('killed.fixture.ts', import.meta.url));

function toDisk(root: string, { facts, parts, log }: Kept, spec: unknown): string {
  const folder = join(root, 'kept');
  for (const [name, contents] of Object.entries({ parts, log })) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const [file, bytes] of contents) writeFileSync(join(folder, name, file), bytes);
  }
  writeFileSync(join(folder, 'facts.json'), JSON.stringify({ facts, spec }));
  return folder;
}

function run(command: string, words: readonly string[]): Promise<string> {
  const child = spawn(command, words, { stdio: 'inherit' });
  return new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`)),
  );
}

/** Processes that work below a folder. */
function serversIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const place = readlinkSync(`/proc/${pid}/cwd`);
      return /^\d+$/.test(pid) && (place === folder || place.startsWith(folder + sep));
    } catch {
      return false; // it has just ended
    }
  });
}
