import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import { isRunning } from '#process';
import type { StoreSpec } from '#core/system';
import { findHome, readState, writeState } from '../supervisor/index.ts';
import { bringTo, moveTo, nameOwner, shapeOf } from './move.ts';
import { type Exchange, unmarkTaken } from './record.ts';

/** Where the restored home waits, beside the one in use. */
const waiting = (folder: string) => join(folder, 'home.restored');
const homeOf = (folder: string) => join(folder, 'home');

/**
 * Failures: `store_data_missing` (facts: folder, data), `store_still_running` (facts: store), `store_folder_failed`, when
 * former data lie already where these are to go.
 */
export async function canBeTaken(
  spec: StoreSpec,
  { restored, former }: { readonly restored: string; readonly former: string },
): Promise<Result<null>> {
  if ((await shapeOf(homeOf(former))) !== null) throw thereAlready(former);
  const state = await readState(restored);
  if (!state.ok) return state;
  const { process } = state.value;
  if (process !== null && isRunning(process)) return fail('store_still_running', { store: spec.name });
  return (await hasData(spec, restored)) ? ok(null) : dataMissing(restored);
}

/** An empty home would be filled with a new, empty store at the next start. */
export async function hasData(spec: StoreSpec, folder: string): Promise<boolean> {
  const home = await findHome(folder);
  if (home === null) return false;
  return (await shapeOf(spec.kind === 'postgres' ? join(home, 'data', 'PG_VERSION') : home)) !== null;
}

export const dataMissing = async (folder: string): Promise<Result<never>> =>
  fail('store_data_missing', { folder, data: (await findHome(folder)) ?? folder });

/** Whether the restored home is in the store's folder, or has been; false: its data are nowhere any more. */
export async function bring(folder: string, { restored }: Exchange): Promise<boolean> {
  if ((await shapeOf(waiting(folder))) !== null) return true;
  if (restored === null || (await shapeOf(homeOf(restored))) === null) return false;
  await bringTo(homeOf(restored), waiting(folder));
  return true;
}

/** Takes back what `bring` did. The store's own home was not touched. */
export async function bringBack(folder: string, { restored }: Exchange): Promise<void> {
  if (restored === null) return;
  if ((await shapeOf(waiting(folder))) !== null) {
    if ((await shapeOf(homeOf(restored))) === null) await bringTo(waiting(folder), homeOf(restored));
    else await rm(waiting(folder), { recursive: true, force: true }); // a copy of what is still there
  }
  await unmarkTaken(restored);
}

/**
 * Puts the home in use aside, with what is needed to start it there: the former store is an ordinary folder of a store. That
 * there is none tells that it was done, or that it was lost before.
 */
export async function putAside(folder: string, { former }: Exchange): Promise<void> {
  const home = homeOf(folder);
  await mkdir(former, { recursive: true, mode: 0o700 });
  const state = await readState(folder);
  if (state.ok) await writeState(former, { ...state.value, process: null, answered: false });
  const shape = await shapeOf(home);
  if (shape === null) return;
  if ((await shapeOf(homeOf(former))) !== null) throw thereAlready(former);
  await moveTo(home, homeOf(former));
  await nameOwner(former);
}

/** Standbys follow the former data: they go with them and are made anew. */
export async function place(folder: string, { former, restored }: Exchange): Promise<void> {
  for (const name of ['replication.json', 'standbys']) {
    const there = (await shapeOf(join(folder, name))) !== null;
    if (there) await moveTo(join(folder, name), join(former, name));
  }
  if ((await shapeOf(waiting(folder))) !== null) {
    await moveTo(waiting(folder), homeOf(folder));
    await nameOwner(folder);
  }
  // What was copied from another file system is there twice.
  if (restored !== null) await rm(homeOf(restored), { recursive: true, force: true });
}

const thereAlready = (former: string) =>
  Object.assign(new Error(`EEXIST: ${homeOf(former)} is there already`), { code: 'EEXIST' });
