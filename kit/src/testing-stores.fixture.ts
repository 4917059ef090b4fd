import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreSpec } from '../../src/core/system/index.ts';
import { instant } from '../../src/kernel/index.ts';
import { createEmbeddedStore } from '../../src/stores/index.ts';
import { systemClock } from './clock.ts';

const specs = {
  postgres: { kind: 'postgres', name: 'database', version: null, database: 'kit' },
  redis: { kind: 'redis', name: 'queue', persistence: 'none', evictionPolicy: 'noeviction', memory: null },
} as const satisfies Record<string, StoreSpec>;

const calm = new AbortController().signal;

export interface TestStore {
  readonly url: string;
  /** Ends the server as a crash does. */
  kill(): void;
  /** Holds the server still, as a machine that swaps or a network that drops: it accepts and does not answer. */
  freeze(): void;
  thaw(): void;
  /** Starts it again, at the same address. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A real server in a folder of its own. */
export async function startStore(kind: keyof typeof specs): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), 'kit-stores-'));
  chmodSync(folder, 0o755); // Postgres does not run as root
  const clock = { ...systemClock, now: () => instant(systemClock.now()) };
  const store = createEmbeddedStore({
    spec: specs[kind],
    folder: join(folder, kind),
    clock,
    random: Math.random,
  });
  const start = async () => {
    const binding = await store.ensure(calm);
    if (!binding.ok) throw new Error(JSON.stringify(binding.error));
    return binding.value.env['URL'] ?? '';
  };
  const url = await start();
  const signal = (name: NodeJS.Signals) => process.kill(pidIn(join(folder, kind, 'state.json')), name);
  return {
    url,
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async restart() {
      const again = await start();
      if (again !== url) throw new Error('the server came back at another address');
    },
    async close() {
      await store.stop(calm);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function pidIn(path: string): number {
  const state = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly process: { readonly pid: number } | null;
  };
  if (state.process === null) throw new Error('the server does not run');
  return state.process.pid;
}

/** Looks again and again until it holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`did not come about: ${what}`);
    await systemClock.sleep(20);
  }
}
