import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { between, fail, ok, type Result } from '#kernel';
import { type Access, findHome, openHome, readState, syncFolder } from '../../supervisor/index.ts';
import { withConnection } from '../client.ts';
import { superuserLogin } from '../logins.ts';
import { chooseFurthest } from './choose.ts';
import { dataMissing, dataOf, isThere, standbyFolder } from './folders.ts';
import { type Group, standbyAccess, standbyStore, withStandby } from './group.ts';
import { lookAtStandby } from './look.ts';
import { endPrimary } from './primary.ts';
import { type Failover, type ReplicationRecord, writeRecord } from './record.ts';

const PROMOTE_MILLIS = 60_000;

/**
 * Lets a standby take over at the address of the store. Each step is written down before it is done and can be done
 * again from its beginning, so that whoever finds a half-done failover carries it on. Resolves when the new primary
 * answers. Failures: `postgres_no_standby_ready` (facts: store; nothing was changed but that the old primary is ended),
 * `store_not_stopped`, when the old primary cannot be ended (then nothing is promoted), `store_data_missing`, those of
 * starting a server.
 */
export async function failOver(
  group: Group,
  record: ReplicationRecord,
  plan: Pick<Failover, 'reason' | 'lossless'>,
  signal: AbortSignal,
): Promise<Result<ReplicationRecord>> {
  const failover: Failover = {
    ...plan,
    step: 'ending',
    standby: null,
    asked: false,
    begun: group.clock.now(),
  };
  await group.tell('failover_begun', { ...plan });
  return carryOn(group, await toStep(group, record, failover), signal);
}

/** Goes on with a failover where it was left. */
export async function carryOn(
  group: Group,
  record: ReplicationRecord,
  signal: AbortSignal,
): Promise<Result<ReplicationRecord>> {
  const access = await accessOf(group);
  if (!access.ok) return access;
  for (let now = record; ; ) {
    const { failover } = now;
    if (failover === null) return ok(now);
    const next = await takeStep(group, now, failover, access.value, signal);
    if (!next.ok) return next;
    now = next.value;
  }
}

async function takeStep(
  group: Group,
  record: ReplicationRecord,
  failover: Failover,
  access: Access,
  signal: AbortSignal,
): Promise<Result<ReplicationRecord>> {
  const { step, standby } = failover;
  if (step === 'ending') return endAndChoose(group, record, failover, access, signal);
  if (step === 'starting') return start(group, record, failover, signal);
  const number = standby ?? 0;
  return withStandby(group, number, () =>
    step === 'promoting'
      ? promote(group, record, failover, number, access, signal)
      : move(group, record, failover, number, access, signal),
  );
}

/** No two primaries: nothing is promoted before the process of the old one, and every child of it, is gone. */
async function endAndChoose(
  group: Group,
  record: ReplicationRecord,
  failover: Failover,
  access: Access,
  signal: AbortSignal,
): Promise<Result<ReplicationRecord>> {
  const ended = await endPrimary(group);
  if (!ended.ok) return ended;
  await group.tell('failover_step', { done: 'ended' });
  const among = failover.lossless ? record.synchronous : null;
  const standby = await chooseFurthest(group, access, among, signal);
  if (signal.aborted) return fail('store_start_cancelled', { store: group.spec.name });
  if (standby !== null) return ok(await toStep(group, record, { ...failover, step: 'promoting', standby }));
  await writeRecord(group.folder, { ...record, failover: null });
  await group.tell('failover_given_up', { reason: 'no_standby_ready' });
  return fail('postgres_no_standby_ready', { store: group.spec.name });
}

/** At its own port, which nobody else knows: services see the new primary when it answers at theirs. */
async function promote(
  group: Group,
  record: ReplicationRecord,
  failover: Failover,
  number: number,
  primary: Access,
  signal: AbortSignal,
): Promise<Result<ReplicationRecord>> {
  const running = await standbyStore(group, number, primary).ensure(signal);
  if (!running.ok) {
    if (failover.asked || signal.aborted) return running;
    // Chosen and then lost: nothing has become of it yet, so that another one, or the old primary, can still be it.
    return ok(await toStep(group, record, { ...failover, step: 'ending', standby: null }));
  }
  const access = await standbyAccess(group, number, primary);
  if (access === null) return fail('postgres_no_standby_ready', { store: group.spec.name });
  const look = await lookAtStandby(access, signal);
  if (!look.ok) return look;
  if (look.value.isStandby) {
    await writeRecord(group.folder, { ...record, failover: { ...failover, asked: true } });
    const promoted = await withConnection(superuserLogin(access), PROMOTE_MILLIS, (client) =>
      client.query('SELECT pg_promote(true, 50)'),
    );
    if (!promoted.ok) return promoted;
    const after = await lookAtStandby(access, signal);
    if (!after.ok) return after;
    if (after.value.isStandby) {
      return fail('postgres_not_answering', { state: 'none', reason: 'the promotion did not end' });
    }
    await group.tell('failover_step', { done: 'promoted' });
  }
  return ok(await toStep(group, record, { ...failover, step: 'moving' }));
}

/**
 * The folder of the old primary becomes `former`, which nothing ever starts, and the promoted one takes its place. That
 * the promoted one is still in its own place tells that the second half is to be done.
 */
async function move(
  group: Group,
  record: ReplicationRecord,
  failover: Failover,
  number: number,
  primary: Access,
  signal: AbortSignal,
): Promise<Result<ReplicationRecord>> {
  const { folder } = group;
  const stopped = await standbyStore(group, number, primary).stop(signal);
  if (!stopped.ok) return stopped;
  const home = await openHome(folder);
  if (!home.ok) return home;
  const promoted = await dataOf(standbyFolder(folder, number));
  if (promoted !== null) {
    const [data, former] = ['data', 'former'].map((name) => join(home.value.path, name)) as [string, string];
    if (await isThere(data)) {
      await rm(former, { recursive: true, force: true });
      await rename(data, former);
      await syncFolder(home.value.path);
      await group.tell('failover_step', { done: 'put_aside' });
    }
    await rename(promoted, data);
    await syncFolder(home.value.path);
    await syncFolder(dirname(promoted));
    await group.tell('failover_step', { done: 'moved' });
  }
  // The new primary waits for nobody until a standby follows it.
  return ok(await toStep(group, { ...record, synchronous: [] }, { ...failover, step: 'starting' }));
}

async function start(
  group: Group,
  record: ReplicationRecord,
  failover: Failover,
  signal: AbortSignal,
): Promise<Result<ReplicationRecord>> {
  // A start would make an empty cluster, for want of the promoted one.
  if ((await dataOf(group.folder)) === null) return dataMissing(group.folder);
  const binding = await group.primary.ensure(signal);
  if (!binding.ok) return binding;
  if (failover.lossless) await removeFormer(group.folder);
  const done: ReplicationRecord = { ...record, wanted: 'running', failover: null };
  await writeRecord(group.folder, done);
  const { standby, reason, lossless, begun } = failover;
  const tookMillis = Math.round(between(begun, group.clock.now()));
  await group.tell('failover_done', { standby, reason, lossless, tookMillis });
  return ok(done);
}

/** After a lossless takeover it has nothing that the new primary lacks. Otherwise it is kept until the next one. */
async function removeFormer(folder: string): Promise<void> {
  const home = await findHome(folder);
  if (home !== null) await rm(join(home, 'former'), { recursive: true, force: true });
}

async function accessOf({ folder, spec }: Group): Promise<Result<Access>> {
  const state = await readState(folder);
  if (!state.ok) return state;
  return state.value.access === null
    ? fail('postgres_no_standby_ready', { store: spec.name })
    : ok(state.value.access);
}

async function toStep(
  group: Group,
  record: ReplicationRecord,
  failover: Failover,
): Promise<ReplicationRecord> {
  const next = { ...record, failover };
  await writeRecord(group.folder, next);
  await group.tell('failover_step', { step: failover.step, standby: failover.standby });
  return next;
}
