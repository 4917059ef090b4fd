import { existsSync } from 'node:fs';
import { after, between, fail, hours, minutes, ok, type Result, seconds } from '#kernel';
import type { CopyProgress, LostWrites, RestoreTarget, StoreCopies, StoreLog } from '#ports';
import { backUp, unknownStore } from './backup.ts';
import { within } from './calling.ts';
import type { CopyRecord } from '#core/recovery';
import type { SideRecord } from './contract.ts';
import { type Planned, planFrom } from './planning.ts';
import { hasLog, shipAll } from './ship.ts';
import { eraseSide, findSide, makeSideFolder, noteOf, removeSideFolder, sideTurn } from './sides.ts';
import { storeOf, type Tools } from './tools.ts';

export interface RestoreAsk {
  readonly id: string;
  readonly by: string;
  readonly note: string;
  readonly store: string;
  readonly copy: string | null;
  readonly target: RestoreTarget;
  readonly signal: AbortSignal;
  readonly progress: (progress: CopyProgress) => void;
}

const restoreLimit = hours(12);

/**
 * Brings a store back to a moment, beside the one that runs, which is not touched. The side store is remembered until somebody
 * exchanges or discards it. Failures: `recovery_store_unknown`, those of `planRestore`, of the repository and of the store's kind.
 */
export async function restoreBeside(tools: Tools, ask: RestoreAsk): Promise<Result<SideRecord>> {
  const store = storeOf(tools, ask.store);
  if (store === null) return unknownStore(tools, ask.store);
  const folder = await makeSideFolder(tools, ask.id, ask.store);
  if (!folder.ok) return folder;
  const limits = { what: `the restore of ${ask.store}`, within: restoreLimit, signal: ask.signal };
  const restored = await within(tools.site.clock, limits, (signal) =>
    restoreInto(tools, store, folder.value, { ...ask, signal }),
  );
  const { by, note, target } = ask;
  if (restored.ok) {
    const entry = { ...restored.value, by, note };
    const told = await tools.evidence.tell('recovery.restored', entry, [noteOf(restored.value, true)]);
    return told.ok ? restored : told;
  }
  // Also when it was cancelled: nothing of it may go on.
  const erased = await eraseSide(tools, store.spec, folder.value, new AbortController().signal);
  const removed = erased.ok ? await removeSideFolder(folder.value, ask.id) : erased;
  if (!removed.ok) tools.site.report(removed.error); // it is tried again by whoever keeps the copies
  const { code, facts } = restored.error;
  const failed = { store: ask.store, target, copy: ask.copy, by, note, code, facts };
  const told = await tools.evidence.tell('recovery.restore_failed', failed);
  return told.ok ? restored : told;
}

async function restoreInto(
  tools: Tools,
  store: StoreCopies,
  folder: string,
  ask: RestoreAsk,
): Promise<Result<SideRecord>> {
  const { clock, target: running } = tools.site;
  const { signal, progress, target } = ask;
  const begun = clock.now();
  const planned = await planNow(tools, store, ask);
  if (!planned.ok) return planned;
  const { source, plan } = planned.value;
  const restored = await store.restore({ source, target, folder, signal, progress });
  if (!restored.ok) return restored;
  progress({ share: 1, doing: 'the side store starts' });
  const side = await running.startSide(store.spec, folder, signal);
  if (!side.ok) return side;
  const tookMillis = between(begun, clock.now());
  progress({ share: 1, doing: 'what would be lost is counted' });
  return ok({
    id: ask.id,
    store: ask.store,
    copy: plan.copy.id,
    target,
    folder,
    reached: restored.value.reached,
    restoredAt: clock.now(),
    tookMillis,
    lost: await lostSince(store, folder),
    address: side.value.address,
  });
}

/** A piece is kept some time after its last write. A moment nearer to what is kept may lie behind it. */
const surelyKept = minutes(10);

/** Chooses the copy; where the target may be newer than what is kept of the log, the running store is asked for the rest before. */
async function planNow(tools: Tools, store: StoreCopies, ask: RestoreAsk): Promise<Result<Planned>> {
  const { target, copy, signal, progress } = ask;
  const plan = () => planFrom(tools, { of: ask.store, target, copy, signal });
  progress({ share: null, doing: 'the copy is chosen' });
  if (!hasLog(store)) return plan();
  if (target.kind === 'time') {
    const planned = await plan();
    if (planned.ok && planned.value.plan.reaches >= after(target.at, surelyKept)) return planned;
  }
  progress({ share: null, doing: 'the newest log is handed over' });
  await handOver(tools, store, signal);
  return plan();
}

/**
 * What the store has written until now. One that does not answer goes without the piece it was writing; what it handed over
 * before lies on the disk and is kept all the same. A failure is no reason to give up: the plan says what is kept.
 */
async function handOver(
  tools: Tools,
  store: StoreCopies & { readonly log: StoreLog },
  signal: AbortSignal,
): Promise<void> {
  const { clock } = tools.site;
  const { name } = store.spec;
  // The server believes to have reached a moment when it sees a commit behind it.
  const beating = { what: `the pulse of ${name}`, within: seconds(10), signal };
  await within(clock, beating, async () => (await store.pulse?.beat(clock.now())) ?? ok(null));
  await within(clock, { what: `the end of the log of ${name}`, within: minutes(1), signal }, () =>
    store.log.cut(),
  );
  await within(clock, { what: `the log of ${name}`, within: minutes(10), signal }, (inner) =>
    tools.inTurn(`ship ${name}`, () => shipAll(tools, store, inner)),
  );
}

/** An estimate is never a reason to give up a restore that has succeeded. */
async function lostSince(store: StoreCopies, folder: string): Promise<LostWrites> {
  const lost = await store.lost(folder).catch(() => null);
  if (lost?.ok === true) return lost.value;
  return { transactions: null, exact: false, detail: 'nobody can tell: the running store did not answer' };
}

export interface Exchanged {
  readonly former: string;
  readonly side: SideRecord;
  readonly copies: readonly CopyRecord[];
}

export interface ExchangeAsk {
  readonly side: string;
  readonly by: string;
  readonly note: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: CopyProgress) => void;
}

const exchangeLimit = minutes(15);

/**
 * Puts a side store in the place of the running one. The former data are kept aside, and nobody deletes them. A store with a log
 * goes on under a new timeline, which no copy leads to yet: one is made at once.
 * Failures: `recovery_side_unknown`, `recovery_store_unknown`, and those of the target.
 */
export async function exchange(tools: Tools, ask: ExchangeAsk): Promise<Result<Exchanged>> {
  const placed = await tools.inTurn(sideTurn(ask.side), () => putInPlace(tools, ask));
  if (!placed.ok) return placed;
  const { signal, progress } = ask;
  progress({ share: null, doing: 'a new copy is made' });
  const of = [placed.value.side.store];
  const copied = await backUp(tools, { of, why: 'after exchange', signal, progress });
  return copied.ok ? ok({ ...placed.value, copies: copied.value.copies }) : copied;
}

async function putInPlace(tools: Tools, ask: ExchangeAsk): Promise<Result<Omit<Exchanged, 'copies'>>> {
  const { site, evidence } = tools;
  const found = await findSide(tools, ask.side);
  if (!found.ok) return found;
  const store = storeOf(tools, found.value.store);
  if (store === null) return unknownStore(tools, found.value.store);
  const { folder } = found.value;
  if (!existsSync(folder)) return fail('recovery_side_unknown', { side: ask.side, sides: '' });
  ask.progress({ share: null, doing: 'what will be lost is counted' });
  const limits = { what: `the exchange of ${found.value.store}`, within: exchangeLimit, signal: ask.signal };
  const done = await within(site.clock, limits, async (signal) => {
    const running = await site.target.startSide(store.spec, folder, signal);
    if (!running.ok) return running;
    const lost = await lostSince(store, folder);
    const stopped = await running.value.stop(signal);
    if (!stopped.ok) return stopped;
    ask.progress({ share: null, doing: 'the stores change places' });
    const exchanged = await site.target.exchange(store.spec.name, folder, signal);
    return exchanged.ok ? ok({ ...exchanged.value, lost }) : exchanged;
  });
  const { by, note } = ask;
  const about = { side: ask.side, store: store.spec.name, by, note };
  if (!done.ok) {
    const { code, facts } = done.error;
    const told = await evidence.tell('recovery.exchange_failed', { ...about, code, facts });
    return told.ok ? done : told;
  }
  const { former, lost } = done.value;
  const { copy, target, reached } = found.value;
  const entry = { ...about, copy, target, reached, former, lost };
  const told = await evidence.tell('recovery.exchanged', entry, [noteOf(found.value, false)]);
  return told.ok ? ok({ former, side: { ...found.value, lost } }) : told;
}
