import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StoreSpec } from '#core/system';
import { type Clock, instant, type Millis, millis, type Result } from '#kernel';
import {
  createEmbeddedStore,
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  type ExchangeableStore,
} from './index.ts';

export const testClock: Clock = {
  now: () => instant(performance.timeOrigin + performance.now()),
  sleep: (wait: Millis, signal?: AbortSignal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, wait);
      signal?.addEventListener('abort', done);
    }),
};

export const never = new AbortController().signal;

/** The value of something that is expected to work; its failure is the test's. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code} ${JSON.stringify(result.error.facts)}`);
  return result.value;
}

/** A system's folder that others may pass through; all stores opened in it are stopped and erased after the test. */
export function temporarySystem() {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-stores-'));
  chmodSync(folder, 0o755);
  const opened: EmbeddedStore[] = [];
  onTestFinished(async () => {
    for (const store of opened) {
      await store.stop(never);
      await store.erase();
    }
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    /** Opened twice it is what a control plane finds that comes after another. */
    open(
      spec: StoreSpec,
      environment = 'dev',
      options: Partial<EmbeddedStoreOptions> = {},
    ): ExchangeableStore {
      const store = createEmbeddedStore({
        spec,
        folder: storeFolder(folder, spec, environment),
        clock: testClock,
        random: Math.random, // a seed would lead all tests at once to the same ports
        ...options,
      });
      opened.push(store);
      return store;
    },
    stateOf: (spec: StoreSpec, environment = 'dev') =>
      readState(join(storeFolder(folder, spec, environment), 'state.json')),
  };
}

export const storeFolder = (folder: string, spec: StoreSpec, environment = 'dev') =>
  join(folder, '.fairway', environment, 'stores', spec.name);

interface StoredState {
  readonly access: { readonly port: number };
  readonly process: { readonly pid: number } | null;
}
const readState = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as StoredState;

/** Looks again and again until it holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`did not come about: ${what}`);
    await testClock.sleep(millis(20));
  }
}

/** The user a process runs as, by Linux' account. */
export function userOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
