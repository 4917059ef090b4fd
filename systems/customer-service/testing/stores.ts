import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StoreSpec } from '../../../src/core/system/index.ts';
import { startedStores } from '../../../src/stores/started.fixture.ts';

const specs = {
  database: { kind: 'postgres', name: 'database', version: null, database: 'customers' },
  cache: {
    kind: 'redis',
    name: 'cache',
    persistence: 'none',
    evictionPolicy: 'allkeys-lru',
    memory: null,
  },
} as const satisfies Record<string, StoreSpec>;

const service = fileURLToPath(new URL('../services/customer-service', import.meta.url));
const runner = fileURLToPath(new URL('../../../src/migrate/main.ts', import.meta.url));

export type TestStore = Awaited<ReturnType<typeof startStore>>;

/** A real server in a folder of its own; a database has the schema of the service. */
export async function startStore(kind: keyof typeof specs) {
  const { started, close } = await startedStores([specs[kind]]);
  const [store] = started;
  if (store === undefined) throw new Error('no store was started');
  try {
    if (kind === 'database') await migrate(store.url);
  } catch (reason) {
    await close();
    throw reason;
  }
  /** Ends the server as a crash does. */
  const kill = () => store.signal('SIGKILL');
  return { url: store.url, kill, stop: store.stop, restart: store.restart, close };
}

/** As a task of a release does it. */
async function migrate(url: string): Promise<void> {
  await promisify(execFile)(process.execPath, [runner, 'expand', 'migrations'], {
    cwd: service,
    env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: url },
    timeout: 30_000,
  });
}
