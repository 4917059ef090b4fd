import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from 'fairway-kit';
import type { StoreSpec } from '../../../src/core/system/index.ts';
import { instant } from '../../../src/kernel/index.ts';
import { createEmbeddedStore } from '../../../src/stores/index.ts';

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

const calm = new AbortController().signal;
const service = fileURLToPath(new URL('../services/customer-service', import.meta.url));
const runner = fileURLToPath(new URL('../../../src/migrate/main.ts', import.meta.url));

export interface TestStore {
  readonly url: string;
  /** Ends the server as a crash does. */
  kill(): void;
  stop(): Promise<unknown>;
  /** Starts it again at the same address, with what it had kept. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A real server in a folder of its own; a database has the schema of the service. */
export async function startStore(kind: keyof typeof specs): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), `customer-${kind}-`));
  chmodSync(folder, 0o755); // Postgres does not run as root
  const clock = { ...systemClock, now: () => instant(systemClock.now()) };
  const place = join(folder, kind);
  const store = createEmbeddedStore({ spec: specs[kind], folder: place, clock, random: Math.random });
  const ensure = async () => {
    const binding = await store.ensure(calm);
    if (!binding.ok) throw new Error(JSON.stringify(binding.error));
    return binding.value.env['URL'] ?? '';
  };
  const close = async () => {
    await store.stop(calm);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const url = await ensure();
    if (kind === 'database') await migrate(url);
    return {
      url,
      close,
      kill: () => process.kill(pidIn(join(place, 'state.json')), 'SIGKILL'),
      stop: () => store.stop(calm),
      async restart() {
        if ((await ensure()) !== url) throw new Error('the server came back at another address');
      },
    };
  } catch (reason) {
    await close();
    throw reason;
  }
}

/** As a task of a release does it. */
async function migrate(url: string): Promise<void> {
  await promisify(execFile)(process.execPath, [runner, 'expand', 'migrations'], {
    cwd: service,
    env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: url },
    timeout: 30_000,
  });
}

function pidIn(file: string): number {
  const pid = /"pid":\s*(\d+)/.exec(readFileSync(file, 'utf8'))?.[1];
  if (pid === undefined) throw new Error(`no process is named in ${file}`);
  return Number(pid);
}
