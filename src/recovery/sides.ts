import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StoreSpec } from '#core/system';
import { fail, type Json, minutes, ok, type Result } from '#kernel';
import { within } from './calling.ts';
import type { SideRecord } from './contract.ts';
import type { Tools } from './tools.ts';

/** One thing at a time is done with a side store: nobody starts one that is being moved or deleted. */
export const sideTurn = (id: string) => `side ${id}`;

/** Side stores are remembered in rows: a control plane that comes later knows them. */
export const sideKind = 'recovery-side';

export async function sidesOf({ evidence }: Tools): Promise<Result<readonly SideRecord[]>> {
  const rows = await evidence.notes(sideKind);
  return rows.ok ? ok([...rows.value.values()].map((value) => value as unknown as SideRecord)) : rows;
}

/** Failure: `recovery_side_unknown` (facts: side, sides). */
export async function findSide(tools: Tools, id: string): Promise<Result<SideRecord>> {
  const sides = await sidesOf(tools);
  if (!sides.ok) return sides;
  const found = sides.value.find((side) => side.id === id);
  if (found !== undefined) return ok(found);
  return fail('recovery_side_unknown', { side: id, sides: sides.value.map((side) => side.id).join(', ') });
}

export const noteOf = (side: SideRecord, isThere: boolean) => ({
  kind: sideKind,
  key: side.id,
  value: isThere ? (side as unknown as Json) : null,
});

/** The empty folder of a new side store: `<work>/sides/<id>/<store>`. */
export async function makeSideFolder({ site }: Tools, id: string, store: string): Promise<Result<string>> {
  const work = await site.target.workFolder();
  if (!work.ok) return work;
  const folder = join(work.value, 'sides', id, store);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return ok(folder);
  } catch (reason) {
    return diskFailure(folder, reason);
  }
}

/** Removes `<work>/sides/<id>` with whatever is in it; nothing of it may run. */
export async function removeSideFolder(folder: string, id: string): Promise<Result<null>> {
  const around = dirname(folder);
  if (basename(around) !== id) return fail('recovery_folder_unexpected', { folder: around, name: id });
  try {
    await rm(around, { recursive: true, force: true, maxRetries: 5 });
    return ok(null);
  } catch (reason) {
    return diskFailure(around, reason);
  }
}

/** Ends whatever runs on the folder of a side store, and deletes it. */
export function eraseSide(
  { site }: Tools,
  spec: StoreSpec,
  folder: string,
  signal: AbortSignal,
): Promise<Result<null>> {
  const limits = { what: `the end of a side store of ${spec.name}`, within: minutes(3), signal };
  return within(site.clock, limits, (inner) => site.target.eraseSide(spec, folder, inner));
}

const diskFailure = (folder: string, reason: unknown) =>
  fail('recovery_disk', { folder, reason: reason instanceof Error ? reason.message : String(reason) });

interface Discarding {
  readonly by: string;
  readonly note: string;
  readonly signal: AbortSignal;
}

/** Ends a side store and deletes its data. */
export function discard(tools: Tools, id: string, ask: Discarding): Promise<Result<null>> {
  return tools.inTurn(sideTurn(id), () => discardNow(tools, id, ask));
}

async function discardNow(tools: Tools, id: string, ask: Discarding): Promise<Result<null>> {
  const { site, evidence } = tools;
  const side = await findSide(tools, id);
  if (!side.ok) return side;
  const { store, folder } = side.value;
  const spec = site.environment.stores.find(({ name }) => name === store);
  // A folder that is gone was exchanged by a control plane that could not say so any more.
  if (spec !== undefined && existsSync(folder)) {
    const erased = await eraseSide(tools, spec, folder, ask.signal);
    if (!erased.ok) return erased;
  }
  const removed = await removeSideFolder(folder, id);
  if (!removed.ok) return removed;
  const { by, note } = ask;
  return evidence.tell('recovery.discarded', { side: id, store, by, note }, [noteOf(side.value, false)]);
}

/**
 * Removes what restores left whose control plane was killed, with whatever of them still runs, and what exchanges left; forgets
 * side stores whose folder is gone. `busyWith`: the operation that runs now, whose folder is its own.
 */
export async function clearSides(
  tools: Tools,
  busyWith: () => string | null,
  signal: AbortSignal,
): Promise<Result<null>> {
  const { site, evidence } = tools;
  const work = await site.target.workFolder();
  if (!work.ok) return work;
  const made = namesIn(join(work.value, 'sides'));
  const busy = busyWith(); // before the rows are read: a restore that ends between the two has its row
  const known = await sidesOf(tools);
  if (!known.ok) return known;
  const stray = made.filter((id) => id !== busy && !known.value.some((side) => side.id === id));
  const cleared = new Set<string>();
  for (const id of stray) {
    const around = join(work.value, 'sides', id);
    for (const name of namesIn(around)) {
      const spec = site.environment.stores.find((store) => store.name === name);
      const folder = join(around, name);
      const erased = spec === undefined ? ok(null) : await eraseSide(tools, spec, folder, signal);
      if (!erased.ok) return erased;
      const removed = spec === undefined ? ok(null) : await removeSideFolder(folder, id);
      if (!removed.ok) return removed;
      if (spec !== undefined) cleared.add(id);
    }
  }
  if (cleared.size > 0) {
    const told = await evidence.tell('recovery.sides_cleared', { sides: [...cleared] });
    if (!told.ok) return told;
  }
  for (const side of known.value.filter(({ id, folder }) => id !== busy && !existsSync(folder))) {
    const gone = { side: side.id, store: side.store, by: 'fairway', note: 'its folder is gone' };
    const told = await evidence.tell('recovery.discarded', gone, [noteOf(side, false)]);
    if (!told.ok) return told;
  }
  return ok(null);
}

const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);
