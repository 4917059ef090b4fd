import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StoreSpec } from '#core/system';
import { createEmbeddedStore, type ExchangeableStore, type StoreBinding, type StoreEvent } from '../index.ts';
import { never, storeFolder, temporarySystem, testClock, valueOf } from '../place.fixture.ts';
import { query } from '../postgres/replication/replication.fixture.ts';

export const spec: StoreSpec = { kind: 'postgres', name: 'db', version: null, database: 'shop' };

/** A store that holds "ours" and runs, and the folder of one that holds "restored" and does not run. */
export async function exchangePlace(
  options: { spec?: StoreSpec; elsewhere?: string; hidden?: boolean } = {},
) {
  const declared = options.spec ?? spec;
  const system = temporarySystem();
  if (options.hidden === true) chmodSync(system.folder, 0o700);
  const folder = storeFolder(system.folder, declared);
  const beside = options.elsewhere ?? join(system.folder, '.fairway', 'dev', 'recovery');
  const restored = join(beside, 'side');
  const former = join(beside, 'former', 'db-1');
  const events: StoreEvent[] = [];
  const open = () => system.open(declared, 'dev', { tell: (event) => void events.push(event) });
  const at = (where: string) => opened(where);
  const store = open();
  const binding = valueOf(await store.ensure(never));
  await hold(binding, 'ours');
  const side = at(restored);
  await hold(valueOf(await side.ensure(never)), 'restored');
  valueOf(await side.stop(never));
  return { spec: declared, folder, restored, former, events, open, at, store, binding };
}

function opened(folder: string): ExchangeableStore {
  const store = createEmbeddedStore({ spec, folder, clock: testClock, random: Math.random });
  onTestFinished(async () => {
    await store.stop(never);
    await store.erase();
  });
  return store;
}

export const hold = (binding: StoreBinding, value: string) =>
  query(binding, `CREATE TABLE held AS SELECT '${value}' AS value`);
export const held = async (binding: StoreBinding) => (await query(binding, 'SELECT value FROM held'))[0];

/** What a store serves that is started on this folder, which is then stopped. */
export async function heldIn(folder: string): Promise<unknown> {
  const store = opened(folder);
  const value = await held(valueOf(await store.ensure(never)));
  valueOf(await store.stop(never));
  return value;
}

/** A folder on another file system than the tests' own; null where this machine has none. */
export function elsewhere(): string | null {
  const shared = '/dev/shm';
  const ours = temporarySystem().folder;
  if (!existsSync(shared) || statSync(shared).dev === statSync(ours).dev) return null;
  const folder = mkdtempSync(join(shared, 'fairway-stores-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Resolves when the process that exchanges has killed itself at the moment asked for. */
export async function exchangerKilledAt(
  place: { folder: string; spec: StoreSpec; restored: string; former: string },
  moment: string,
): Promise<void> {
  const program = join(import.meta.dirname, 'exchanger.fixture.ts');
  const { folder, restored, former } = place;
  const child = spawn(
    process.execPath,
    [program, folder, JSON.stringify(place.spec), restored, former, moment],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = await new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  if (ended !== 'SIGKILL') throw new Error(`it was to be killed at ${moment}; it ended with ${ended}`);
}
