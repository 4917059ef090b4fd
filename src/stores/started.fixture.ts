import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreSpec } from '#core/system';
import { createEmbeddedStore } from './index.ts';
import { testClock } from './place.fixture.ts';

const calm = new AbortController().signal;

/** A real server for a test of a service. */
export interface StartedStore {
  /** What a service is given, without the store's name: `URL`, … */
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  readonly signal: (name: NodeJS.Signals) => void;
  readonly stop: () => Promise<unknown>;
  /** Starts it again at the same address, with what it had kept. */
  readonly restart: () => Promise<void>;
}

/** Starts real servers in a folder of their own, in this order; with the first that does not start all of them are gone. */
export async function startedStores(specs: readonly StoreSpec[]) {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-stores-'));
  chmodSync(folder, 0o755); // Postgres does not run as root
  const stores = specs.map((spec) =>
    createEmbeddedStore({ spec, folder: join(folder, spec.name), clock: testClock, random: Math.random }),
  );
  const close = async () => {
    await Promise.all(stores.map((store) => store.stop(calm)));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const start = async (store: (typeof stores)[number]): Promise<StartedStore> => {
    const ensured = async () => {
      const binding = await store.ensure(calm);
      if (!binding.ok) throw new Error(JSON.stringify(binding.error));
      return binding.value.env;
    };
    const env = await ensured();
    return {
      env,
      url: env['URL'] ?? '',
      signal: (name) => process.kill(pidIn(join(folder, store.spec.name, 'state.json')), name),
      stop: () => store.stop(calm),
      async restart() {
        if ((await ensured())['URL'] !== env['URL'])
          throw new Error('the server came back at another address');
      },
    };
  };
  try {
    return { started: await Promise.all(stores.map(start)), close };
  } catch (reason) {
    await close();
    throw reason;
  }
}

function pidIn(path: string): number {
  const state = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly process: { readonly pid: number } | null;
  };
  if (state.process === null) throw new Error(`no server runs by ${path}`);
  return state.process.pid;
}
