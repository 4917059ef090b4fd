import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { after, type Failure, fail, ok, type Result, seconds } from '#kernel';
import { findHome, readState, type ServerState, waitForAnswer } from '../../supervisor/index.ts';
import { isOneAnswering } from './choose.ts';
import { carryOn, failOver } from './failover.ts';
import { dataMissing, dataOf, isThere } from './folders.ts';
import { type Group, wholeStandbys } from './group.ts';
import { restartPrimary } from './primary.ts';
import { type FailoverReason, readRecord, type ReplicationRecord } from './record.ts';

/** Failures of a start that the data, or what becomes of it, may be the reason for; the others a standby would share. */
const OF_THE_DATA: readonly string[] = ['store_not_started', 'store_not_ready', 'postgres_program_failed'];
/** Less than this, and a standby on the same disk could not take over either. */
const ROOM = 64 * 1_048_576;
/** For a primary that nobody could replace. */
const PATIENT = seconds(60);

/**
 * Sees to it that a primary that failed is replaced or restarted, by the rule of ADR 0015: a standby takes over at once
 * where it holds every acknowledged write; otherwise the primary is restarted first, since only it has its last writes,
 * and a standby takes over when it does not answer in time. A primary that was stopped, or that was never seen to
 * fail, is left to the ordinary start. Failures: those of a failover and of a start, `store_data_missing`.
 */
export async function recoverPrimary(
  group: Group,
  found: ReplicationRecord,
  signal: AbortSignal,
): Promise<Result<ReplicationRecord>> {
  const { folder } = group;
  if (found.failover !== null) {
    const carried = await carryOn(group, found, signal);
    const left = await readRecord(folder);
    const isGivenUp = left.ok && left.value?.failover === null;
    // For want of a standby; what is left then is the primary.
    if (!hasNobody(carried) || !isGivenUp) return carried;
  }
  const record = { ...found, failover: null };
  const state = await readState(folder);
  if (!state.ok) return state;
  const standbys = await wholeStandbys(folder);
  const data = await dataOf(folder);
  if (data === null) {
    // An empty cluster in its place would be taken for the store, and its emptiness be copied to the standbys.
    if (standbys.length > 0)
      return failOver(group, record, { reason: 'data_missing', lossless: false }, signal);
    return dataMissing(folder);
  }
  const reason = await whatHappened(group, state.value, signal);
  if (signal.aborted) return fail('store_start_cancelled', { store: group.spec.name });
  if (reason === null || standbys.length === 0) return ok(record);
  if (record.wanted === 'running' && (await isHeldBySome(group, record, state.value))) {
    const replaced = await failOver(group, record, { reason, lossless: true }, signal);
    if (!hasNobody(replaced)) return replaced;
  }
  return restartOrFailOver(group, record, reason, signal);
}

/**
 * For a store without a record: whether there was data once. Where somebody deleted the record, an empty cluster would be
 * made in the place of the primary, and the standby, the only one that has the data, be made anew from it. Failure:
 * `store_data_missing`.
 */
export async function refuseToBeginAnew({ folder }: Group): Promise<Result<null>> {
  if ((await dataOf(folder)) !== null) return ok(null);
  const home = await findHome(folder);
  const hadData =
    (await wholeStandbys(folder)).length > 0 || (home !== null && (await isThere(join(home, 'former'))));
  return hadData ? dataMissing(folder) : ok(null);
}

/** Null while it answers, or reads back its log, which takes as long as it takes. */
async function whatHappened(
  { ground, clock }: Group,
  state: ServerState,
  signal: AbortSignal,
): Promise<FailoverReason | null> {
  const patience = ground.startWithin ?? seconds(10);
  const answer = await waitForAnswer(ground, state, after(clock.now(), patience), signal);
  switch (answer.state) {
    case 'ready':
    case 'starting':
      return null;
    case 'gone':
      return 'gone';
    case 'failed':
      return 'hung';
  }
}

async function isHeldBySome(
  group: Group,
  record: ReplicationRecord,
  { access }: ServerState,
): Promise<boolean> {
  if (group.standbys?.synchronous !== true || access === null) return false;
  return isOneAnswering(group, record.synchronous, access);
}

async function restartOrFailOver(
  group: Group,
  record: ReplicationRecord,
  reason: FailoverReason,
  signal: AbortSignal,
): Promise<Result<ReplicationRecord>> {
  const begun = group.clock.now();
  const failed = record.wanted === 'running'; // it was not stopped by us
  if (failed) await group.tell('primary_restarting', { reason });
  const restarted = await restartPrimary(group, signal);
  if (restarted.ok) {
    if (failed) await group.tell('primary_restarted', { tookMillis: Math.round(group.clock.now() - begun) });
    return ok(record);
  }
  if (!(await isReasonToFailOver(group, restarted.error))) return restarted;
  const plan = { reason: 'not_started', lossless: false } as const;
  const replaced = await failOver(group, record, plan, signal);
  if (!hasNobody(replaced)) return replaced;
  if (restarted.error.code !== 'store_not_ready') return restarted;
  // It was ended while it was coming up, and would be at every attempt: nobody can take over, so that it has its time.
  const patient = { ...group, ground: { ...group.ground, startWithin: PATIENT } };
  const again = await restartPrimary(patient, signal);
  return again.ok ? ok(record) : again;
}

const hasNobody = (replaced: Result<unknown>) =>
  !replaced.ok && replaced.error.code === 'postgres_no_standby_ready';

async function isReasonToFailOver({ folder }: Group, failure: Failure): Promise<boolean> {
  if (!OF_THE_DATA.includes(failure.code)) return false;
  const { bavail, bsize } = await statfs((await findHome(folder)) ?? folder); // it may lie on another disk
  return bavail * bsize >= ROOM;
}
