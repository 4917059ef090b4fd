import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { StoreSpec } from '#core/system';
import { millis, type Millis, seconds } from '#kernel';
import type { ProcessIdentity } from '#process';
import type { EmbeddedStore, StandbyHealth, StoreBinding, StoreEvent } from '../../contract.ts';
import type { Access } from '../../supervisor/index.ts';
import { superuser } from '../roles.ts';
import { never, storeFolder, temporarySystem, testClock } from '../../place.fixture.ts';

type Spec = Extract<StoreSpec, { kind: 'postgres' }>;

export const specOf = (standbys: Partial<NonNullable<Spec['standbys']>> | null): Spec => ({
  kind: 'postgres',
  name: 'db',
  version: null,
  database: 'shop',
  ...(standbys === null
    ? {}
    : { standbys: { count: 1, synchronous: false, failoverAfter: seconds(5), ...standbys } }),
});

/** A store with standbys in a folder of its own, looked after as the local target does it once it is watched. */
export function replicated(spec: Spec) {
  const system = temporarySystem();
  const folder = storeFolder(system.folder, spec);
  const events: StoreEvent[] = [];
  const open = (declared: Spec = spec) =>
    system.open(declared, 'dev', { tell: (event) => void events.push(event) });
  return {
    folder,
    events,
    open,
    named: (name: StoreEvent['event']) => events.filter(({ event }) => event === name),
    data: (path = '') => join(folder, 'home', 'data', path),
    standby: (number = 1) => join(folder, 'standbys', String(number)),
    record: () =>
      JSON.parse(readFileSync(join(folder, 'replication.json'), 'utf8')) as Record<string, unknown>,
    primary: () => processIn(folder),
    standbyProcess: (number = 1) => processIn(join(folder, 'standbys', String(number))),
  };
}

const stateIn = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as {
    readonly access: Access;
    readonly process: ProcessIdentity | null;
  };

function processIn(folder: string): ProcessIdentity {
  const { process } = stateIn(folder);
  if (process === null) throw new Error(`nothing runs in ${folder}`);
  return process;
}

export const kill = ({ pid }: ProcessIdentity, signal: NodeJS.Signals = 'SIGKILL') =>
  process.kill(pid, signal);

/** What the watcher of the local target does, until it is ended. */
export function watched(store: EmbeddedStore, every: Millis = millis(200)) {
  const ending = new AbortController();
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const health = await store.health();
      if (!ending.signal.aborted && (health.state === 'failed' || health.state === 'stopped')) {
        await store.ensure(never);
      }
      await testClock.sleep(every, ending.signal);
    }
  })();
  const end = async () => {
    ending.abort();
    await watching;
  };
  onTestFinished(end);
  return { end };
}

/** Looks again and again until it holds, for at most a minute: servers start slowly on a machine that is busy. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`did not come about: ${what}`);
    await testClock.sleep(millis(20));
  }
}

/** Waits until the standbys are as asked, for at most a minute. */
export async function untilStandbys(
  store: EmbeddedStore,
  holds: (standbys: readonly StandbyHealth[]) => boolean,
): Promise<readonly StandbyHealth[]> {
  const until = performance.now() + 60_000;
  for (;;) {
    const health = await store.health();
    const standbys = health.state === 'ready' ? (health.standbys ?? []) : [];
    if (standbys.length > 0 && holds(standbys)) return standbys;
    if (performance.now() > until) throw new Error(`did not come about: ${JSON.stringify(health)}`);
    await testClock.sleep(millis(100));
  }
}

export const allFollow = (standbys: readonly StandbyHealth[]) =>
  standbys.every(({ state }) => state === 'follows');
export const allSynchronous = (standbys: readonly StandbyHealth[]) =>
  standbys.every(({ state, synchronous }) => state === 'follows' && synchronous);

export async function query(binding: StoreBinding, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({
    connectionString: binding.env['URL'] ?? '',
    connectionTimeoutMillis: 2_000,
    query_timeout: 10_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** How the administrator logs in to the primary, or with a port to a standby; services never learn it. */
export function administrator(folder: string, port: string): string {
  const { access } = stateIn(folder);
  return `postgres://${superuser.name}:${superuser.password(access)}@127.0.0.1:${port}/postgres`;
}

export const standbyPort = (folder: string) => String(stateIn(folder).access.port);

/** The process of a standby that reads what its primary sends. */
export const receiverIn = (folder: string) => processesOf(folder, 'postgres: walreceiver')[0] ?? 0;

/** A server's processes below a folder, by how their titles begin. */
export function processesOf(folder: string, title = ''): readonly number[] {
  const found = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const hasTitle = readFileSync(`/proc/${name}/cmdline`, 'utf8').startsWith(title);
      return hasTitle && readlinkSync(`/proc/${name}/cwd`).startsWith(folder);
    } catch {
      return false; // it has just ended
    }
  });
  return found.map(Number);
}

/** The numbered promotions this data has been through: 1 is none. */
export const timelineOf = (folder: string) => {
  const control = readFileSync(join(folder, 'home', 'data', 'global', 'pg_control'));
  return control.readUInt32LE(48); // ControlFileData.checkPointCopy.ThisTimeLineID
};

/** Figures for people: they are measured, and no test depends on them. */
export const say = (text: string) => void process.stdout.write(`${text}\n`);

/**
 * A supervisor in a process of its own, which kills itself right after it has told of the event asked for. Resolves when
 * it is gone.
 */
export async function supervisorKilledAt(folder: string, spec: Spec, when: string): Promise<void> {
  const program = join(import.meta.dirname, 'supervisor.fixture.ts');
  const child: ChildProcess = spawn(process.execPath, [program, folder, JSON.stringify(spec), when], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = await new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  if (ended !== 'SIGKILL')
    throw new Error(`the supervisor was to be killed at ${when}; it ended with ${ended}`);
}
