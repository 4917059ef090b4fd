import type { StoreSpec } from '../../src/core/system/index.ts';
import { startedStores } from '../../src/stores/started.fixture.ts';
import { systemClock } from './clock.ts';

const specs = {
  postgres: { kind: 'postgres', name: 'database', version: null, database: 'kit' },
  redis: { kind: 'redis', name: 'queue', persistence: 'none', evictionPolicy: 'noeviction', memory: null },
} as const satisfies Record<string, StoreSpec>;

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
  const { started, close } = await startedStores([specs[kind]]);
  const [store] = started;
  if (store === undefined) throw new Error('no store was started');
  const { url, signal, restart } = store;
  return {
    url,
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    restart,
    close,
  };
}

/** Looks again and again until it holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`did not come about: ${what}`);
    await systemClock.sleep(20);
  }
}
