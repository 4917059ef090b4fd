import { after, fail, type Millis, millis, ok, type Result } from '#kernel';
import type { EffectContext } from '#ports';
import { endProcess, isRunning } from '#process';
import { type ReplicaRecord, withoutReplicas } from './book.ts';
import { recordsOf, type Session, timeLeft } from './session.ts';
import { victimsOf } from './victims.ts';

/**
 * Takes all but `keep` replicas of a revision out of the router's table and waits until nothing is in flight in them
 * (R3). Asked again it goes on with those that have not finished. Failures: `not_open`, `cancelled`, and those of the router.
 */
export async function drainReplicas(
  session: Session,
  { revision, keep }: { revision: string; keep: number },
  context: EffectContext,
): Promise<Result<{ cut: number }>> {
  if (!session.isOpen) return fail('not_open');
  const marked = await session.inTurn(revision, () => {
    const serving = recordsOf(session, revision).filter(({ phase }) => phase === 'serving');
    const victims = victimsOf(serving, keep, (replica) => isReady(session, replica));
    return setPhase(session, victims, 'draining');
  });
  if (!marked.ok) return marked;
  const draining = recordsOf(session, revision).filter(({ phase }) => phase === 'draining');
  return finishDrain(session, draining, null, context);
}

/** `atMost` shortens what the services declare; null leaves it. */
export async function finishDrain(
  session: Session,
  draining: readonly ReplicaRecord[],
  atMost: Millis | null,
  context: EffectContext,
): Promise<Result<{ cut: number }>> {
  if (draining.length === 0) return ok({ cut: 0 });
  const drained = await drainFromRouter(session, draining, atMost, context);
  if (!drained.ok) return drained;
  const done = await setPhase(session, draining, 'drained');
  return done.ok ? drained : done;
}

/** Queue consumers have no route but jobs; without a router that runs no request is in flight. */
async function drainFromRouter(
  session: Session,
  draining: readonly ReplicaRecord[],
  atMost: Millis | null,
  context: EffectContext,
): Promise<Result<{ cut: number }>> {
  const spec = session.book.state().revisions[draining[0]?.revision ?? '']?.spec;
  if ((spec?.consumer ?? null) !== null) return untilQuiet(session, draining, atMost, context);
  if (spec === undefined || spec.traffic === 'none' || session.router?.isRunning() !== true)
    return ok({ cut: 0 });
  const published = await session.publisher.publish();
  if (!published.ok) return published;
  const limit = Math.min(atMost ?? Number.POSITIVE_INFINITY, timeLeft(session.options.clock, context));
  const request = {
    replicas: draining.map(({ replica }) => replica),
    requestsMillis: Math.min(spec.shutdown.drain, limit),
    websocketsMillis: Math.min(spec.shutdown.websocketDrain, limit),
  };
  const outcome = await session.router.drain(request, context.signal);
  if (context.signal.aborted) return fail('cancelled', { what: context.key });
  return outcome.ok ? ok({ cut: outcome.value.cut }) : outcome;
}

/** A replica that leaves is told to take no more jobs; those it does not end in time count as cut. */
async function untilQuiet(
  { book, conductor, options: { clock } }: Session,
  draining: readonly ReplicaRecord[],
  atMost: Millis | null,
  context: EffectContext,
): Promise<Result<{ cut: number }>> {
  const declared = book.state().revisions[draining[0]?.revision ?? '']?.spec.shutdown.drain ?? millis(0);
  const limit = Math.min(atMost ?? Number.POSITIVE_INFINITY, declared, timeLeft(clock, context));
  const until = after(clock.now(), millis(limit));
  conductor.nudge();
  for (;;) {
    const busy = draining.filter(({ replica }) => !conductor.isQuiet(replica));
    if (context.signal.aborted) return fail('cancelled', { what: context.key });
    if (busy.length === 0 || clock.now() >= until) return ok({ cut: busy.length });
    await clock.sleep(millis(50), context.signal);
  }
}

/**
 * Ends all but `keep` replicas of a revision, draining ones first: SIGTERM, the grace, SIGKILL to the whole group. A
 * record is forgotten when its process is gone. Failures: `not_open`, `process_not_ended` (facts: replica, pid), and
 * those of the book.
 */
export async function stopReplicas(
  session: Session,
  { revision, keep }: { revision: string; keep: number },
  context: EffectContext,
): Promise<Result<null>> {
  if (!session.isOpen) return fail('not_open');
  const marked = await session.inTurn(revision, () => {
    const all = recordsOf(session, revision);
    return setPhase(
      session,
      victimsOf(all, keep, (replica) => isReady(session, replica)),
      'stopping',
    );
  });
  if (!marked.ok) return marked;
  const stopping = recordsOf(session, revision).filter(({ phase }) => phase === 'stopping');
  if (stopping.length === 0) return ok(null);
  // Ones that were never drained leave the table before they end; a router that is gone routes nothing to them.
  const published = await session.publisher.publish();
  if (!published.ok && session.router?.isRunning() === true) return published;
  return endReplicas(session, stopping, context.signal);
}

export async function endReplicas(
  session: Session,
  stopping: readonly ReplicaRecord[],
  signal: AbortSignal,
): Promise<Result<null>> {
  const ended = await Promise.all(stopping.map((record) => endOne(session, record, signal)));
  const gone = new Set(stopping.filter((_, index) => ended[index]?.ok).map(({ replica }) => replica));
  for (const replica of gone) session.supervisors.delete(replica);
  const forgotten = await session.book.change(withoutReplicas(gone));
  if (!forgotten.ok) return forgotten;
  return ended.find((result) => !result.ok) ?? ok(null);
}

async function endOne(
  session: Session,
  { replica }: ReplicaRecord,
  signal: AbortSignal,
): Promise<Result<null>> {
  const { clock } = session.options;
  // First nobody may start it again; only then is the record's process the last one.
  await session.supervisors.get(replica)?.halt();
  const record = session.book.state().replicas.find((each) => each.replica === replica);
  if (record === undefined || record.process === null) return ok(null);
  const grace = session.book.state().revisions[record.revision]?.spec.shutdown.grace ?? millis(0);
  const told = record.toldToEndAt;
  const left = told === undefined ? grace : millis(Math.max(0, grace - (clock.now() - told)));
  // The signal is sent before the first wait in there; a controller that dies here leaves it to be told again.
  const ending = endProcess(record.process, {
    grace: left,
    clock,
    signal,
    ...(told === undefined ? {} : { first: 0 as const }),
  });
  const noted = told === undefined ? await noteTold(session, replica) : ok(null);
  await ending;
  if (!noted.ok) return noted;
  if (isRunning(record.process)) return fail('process_not_ended', { replica, pid: record.process.pid });
  session.limits.remove(record.limits);
  return ok(null);
}

function noteTold(session: Session, replica: string): Promise<Result<null>> {
  const toldToEndAt = session.options.clock.now();
  return session.book.change((state) => ({
    ...state,
    replicas: state.replicas.map((each) => (each.replica === replica ? { ...each, toldToEndAt } : each)),
  }));
}

export function setPhase(
  session: Session,
  records: readonly ReplicaRecord[],
  phase: ReplicaRecord['phase'],
): Promise<Result<null>> {
  if (records.length === 0) return Promise.resolve(ok(null));
  const names = new Set(records.map(({ replica }) => replica));
  return session.book.change((state) => ({
    ...state,
    replicas: state.replicas.map((record) => (names.has(record.replica) ? { ...record, phase } : record)),
  }));
}

const isReady = (session: Session, replica: string): boolean =>
  session.supervisors.get(replica)?.isReady() ?? false;
