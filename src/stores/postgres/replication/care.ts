import { rm } from 'node:fs/promises';
import { between, fail, type Instant, ok, type Result, seconds } from '#kernel';
import type { Access } from '../../supervisor/index.ts';
import { withConnection } from '../client.ts';
import { superuserLogin } from '../logins.ts';
import { makeCopy } from './base-copy.ts';
import { dataOf, standbyFolder } from './folders.ts';
import { type Group, standbyAccess, standbyStore, withStandby } from './group.ts';
import { lookAtStandby, type PrimaryLook, standbyName } from './look.ts';

/** A standby that runs, does not follow and replays nothing is restarted after this, and made anew after twice this. */
const PATIENCE = seconds(10);
const SLOT_MILLIS = 10_000;

/** How a standby is doing, from one look to the next. */
export interface Care {
  readonly state: 'new' | 'making' | 'starting' | 'follows' | 'away';
  /** Since when it does not follow without replaying anything; null while it does. */
  readonly since: Instant | null;
  /** Whether it was restarted for that. */
  readonly restarted: boolean;
  readonly replayed: number;
}

export type Work = (signal: AbortSignal) => Promise<Result<unknown>>;
interface NextCare {
  readonly care: Care;
  /** Null: there is nothing to do. */
  readonly work: Work | null;
}

/** What a standby needs now. Decides only; the work is done by whoever asks. */
export async function careFor(
  group: Group,
  number: number,
  look: PrimaryLook,
  access: Access,
  before: Care,
): Promise<NextCare> {
  const now = group.clock.now();
  const calm = { since: null, restarted: false, replayed: 0 };
  const make = (why: string): NextCare => ({
    care: { ...calm, state: 'making' },
    work: (signal) => withStandby(group, number, () => makeStandby(group, number, access, why, signal)),
  });
  const restart = (care: Omit<Care, 'state'>, again: boolean): NextCare => ({
    care: { ...care, state: 'starting' },
    work: (signal) => withStandby(group, number, () => startStandby(group, number, access, again, signal)),
  });
  if ((await dataOf(standbyFolder(group.folder, number))) === null) return make('missing');
  const slot = look.slots.get(number);
  if (slot === undefined) return restart(calm, false);
  if (slot?.lost === true) return make('too_far_behind');
  const follower = look.followers.get(number);
  const health = await standbyStore(group, number, access).health();
  if (health.state === 'stopped' || health.state === 'failed') {
    if (before.state === 'follows')
      await group.tell('standby_lost', { standby: number, detail: health.detail });
    return restart(calm, false);
  }
  if (follower?.state === 'streaming') {
    if (before.state !== 'follows') await group.tell('standby_follows', { standby: number });
    return { care: { ...calm, state: 'follows' }, work: null };
  }
  if (before.state === 'follows')
    await group.tell('standby_lost', { standby: number, detail: 'it does not follow' });
  const own = await standbyAccess(group, number, access);
  const seen = own === null ? null : await lookAtStandby(own);
  if (seen?.ok === true && !seen.value.isStandby) return make('not_a_standby');
  const replayed = seen?.ok === true ? seen.value.replayed : before.replayed;
  if (before.since === null || replayed > before.replayed) {
    return { care: { state: 'away', since: now, restarted: false, replayed }, work: null };
  }
  const waited = between(before.since, now);
  if (waited >= 2 * PATIENCE) return make('cannot_follow');
  if (waited >= PATIENCE && !before.restarted) return restart({ ...before, restarted: true, replayed }, true);
  return { care: { ...before, state: 'away', replayed }, work: null };
}

async function makeStandby(
  group: Group,
  number: number,
  access: Access,
  why: string,
  signal: AbortSignal,
): Promise<Result<null>> {
  const { clock, spec } = group;
  const [begun, folder] = [clock.now(), standbyFolder(group.folder, number)];
  const stopped = await standbyStore(group, number, access).stop(signal);
  if (!stopped.ok) return stopped;
  const from = await dataOf(group.folder);
  if (from === null) return fail('store_data_missing', { folder: group.folder, data: 'data' });
  await group.tell('standby_copying', { standby: number, why });
  const copied = await makeCopy({ store: spec.name, number, access, from, folder, signal });
  if (!copied.ok) return copied;
  const bytes = copied.value;
  const tookMillis = Math.round(between(begun, clock.now()));
  await group.tell('standby_made', { standby: number, bytes, tookMillis });
  return startStandby(group, number, access, false, signal);
}

async function startStandby(
  group: Group,
  number: number,
  access: Access,
  again: boolean,
  signal: AbortSignal,
): Promise<Result<null>> {
  const store = standbyStore(group, number, access);
  if (again) {
    const stopped = await store.stop(signal);
    if (!stopped.ok) return stopped;
  }
  const slot = await makeMissingSlot(number, access);
  if (!slot.ok) return slot;
  const started = await store.ensure(signal);
  if (started.ok || signal.aborted) return started.ok ? ok(null) : started;
  // A copy whose server does not even start is worth nothing; the log of the server says why.
  if (started.error.code === 'store_not_started') await discard(folderOf(group, number));
  return started;
}

const folderOf = (group: Group, number: number) => standbyFolder(group.folder, number);

/** After a takeover the new primary knows nothing of the other standbys, which mostly can go on from where they are. */
async function makeMissingSlot(number: number, access: Access): Promise<Result<null>> {
  const name = standbyName(number);
  const made = await withConnection(superuserLogin(access), SLOT_MILLIS, async (client) => {
    const slots = await client.query('SELECT 1 FROM pg_replication_slots WHERE slot_name = $1', [name]);
    if (slots.rowCount === 0)
      await client.query('SELECT pg_create_physical_replication_slot($1, true)', [name]);
  });
  return made.ok ? ok(null) : made;
}

async function discard(folder: string): Promise<void> {
  const data = await dataOf(folder);
  if (data !== null) await rm(data, { recursive: true, force: true });
}

/** Stops and deletes a standby that is not declared any more. */
export async function removeStandby(
  group: Group,
  number: number,
  access: Access,
  signal: AbortSignal,
): Promise<Result<null>> {
  return withStandby(group, number, async () => {
    const store = standbyStore(group, number, access);
    const stopped = await store.stop(signal);
    if (!stopped.ok) return stopped;
    const erased = await store.erase();
    if (erased.ok) await group.tell('standby_removed', { standby: number });
    return erased;
  });
}

/** So that no log is kept for them. One that is still connected goes at a later look. */
export async function dropSlots(numbers: readonly number[], access: Access): Promise<Result<null>> {
  if (numbers.length === 0) return ok(null);
  const names = numbers.filter((number) => number > 0).map(standbyName);
  const dropped = await withConnection(superuserLogin(access), SLOT_MILLIS, (client) =>
    client.query(
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ANY($1) AND NOT active',
      [names],
    ),
  );
  return dropped.ok ? ok(null) : dropped;
}
