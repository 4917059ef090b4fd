import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RouterClient } from '../client.ts';
import { startRouter } from '../start.ts';
import { systemClock, until, value } from './place.ts';

/** A folder for a router. Every process that was started for it ends with the test. */
export async function makeRouterFolder(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'fairway-router-'));
  const folder = join(root, 'router');
  onTestFinished(async () => {
    await until(async () => {
      const left = await routersOf(folder);
      for (const pid of left) kill(pid);
      return left.length === 0;
    });
    // The system may still be closing the files of those that were killed.
    await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  return folder;
}

export const startRouterIn = async (folder: string, workers = 1): Promise<RouterClient> =>
  value(await startRouter({ folder, workers, clock: systemClock, signal: new AbortController().signal }));

/** The processes that were started for this folder and have not ended. */
export async function routersOf(folder: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(`--state-folder\0${folder}\0`)) found.push(Number(entry));
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}
