import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRunning } from '#process';
import { createPlace, planes, stable, until, value } from './planes.ts';

/** What only HAProxy has: two processes, reloads, sockets. */
const plane = planes.find(({ name }) => name === 'haproxy');
const missing = plane?.missing ?? null;

describe.skipIf(plane === undefined || missing !== null)(
  `haproxy itself (${missing ?? 'installed'})`,
  { timeout: 60_000 },
  () => {
    const place = (deep?: string) => createPlace(plane ?? planes[0] ?? never(), deep);

    test('answers no one but its owner', async () => {
      const { folder } = await place();
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
      for (const name of ['stats.sock', 'master.sock', 'haproxy.cfg', 'book.json', 'routes.map'])
        expect([name, (await stat(join(folder, name))).mode & 0o777]).toEqual([name, 0o600]);
    });

    test('is reached in a folder deeper than the address of a socket may be long', async () => {
      const here = await place('deep/'.repeat(30));
      await here.route([stable(100, await here.service('a'))]);
      expect((await here.get()).text).toBe('a');
      expect(here.folder.length).toBeGreaterThan(150);
    });

    test('loses no request and no count while one process takes over from another', async () => {
      const here = await place();
      const [a, b] = [await here.service('a'), await here.service('b')];
      await here.route([stable(100, a, b)]);
      const before = value(await here.client().state()).epoch;
      const failed: string[] = [];
      let [isOver, done] = [false, 0];
      const load = Array.from({ length: 8 }, async () => {
        while (!isOver) {
          const answer = await here.get().catch(String);
          done += 1;
          if (typeof answer === 'string' || answer.status !== 200) failed.push(JSON.stringify(answer));
        }
      });
      const held = here.get('/hold');
      try {
        for (let turn = 0; turn < 3; turn += 1) {
          const last = (await here.countsOf('revision-a'))?.requests ?? 0;
          expect(value(await here.client().upgrade())).toBe(null);
          expect((await here.countsOf('revision-a'))?.requests).toBeGreaterThanOrEqual(last);
        }
      } finally {
        isOver = true;
      }
      await Promise.all(load);
      expect(failed).toEqual([]);
      expect(value(await here.client().state()).open.reduce((sum, { requests }) => sum + requests, 0)).toBe(
        1,
      );
      a.release();
      b.release();
      await held;
      const counts = await here.countsOf('revision-a');
      expect([counts?.requests, counts?.failures]).toEqual([done + 1, 0]);
      // Latencies of the last moments of a process are not known; those of before are.
      const timed = counts?.buckets.reduce((sum, count) => sum + count, 0) ?? 0;
      expect(timed).toBeGreaterThan(done / 2);
      expect(value(await here.client().state()).epoch).toBe(before);
    });

    test('comes back with its last table when one of its processes is killed', async () => {
      const here = await place();
      await here.route([stable(100, await here.service('a'))]);
      const { identity } = here.client();
      const { worker } = JSON.parse(await readFile(join(here.folder, 'book.json'), 'utf8')).book as {
        worker: number;
      };
      expect(worker).not.toBe(identity.pid);
      process.kill(worker, 'SIGKILL');
      await until(() => !isRunning(identity));
      await here.again();
      expect((await here.get()).text).toBe('a');
      expect(value(await here.client().state())).toMatchObject({ version: 1, generation: 1 });
    });

    test('leaves no process behind when it is stopped', async () => {
      const here = await place();
      await here.route([stable(100, await here.service('a'))]);
      await here.route([stable(100, await here.service('b'))], { preview: null });
      value(await here.client().stop());
      expect(await processesIn(here.folder)).toEqual([]);
    });
  },
);

async function processesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const cwd = await readlink(`/proc/${entry}/cwd`).catch(() => '');
    if (cwd === folder) found.push(entry);
  }
  return found;
}

function never(): never {
  throw new Error('there is no plane');
}
