import { fail, millis, ok, type Result } from '#kernel';
import type { EffectContext } from '#ports';
import type { State } from './book.ts';
import type { Session } from './session.ts';

/**
 * R14. Makes exactly `active` replicas of a revision take jobs. Done when so many ready ones have answered `resume` and all
 * others `pause`; one whose process is gone counts as paused. The number stays on disk: it holds for replicas that are
 * started again, and for the control planes to come.
 * Failures: `not_open`, `cancelled` (also when another number is asked for meanwhile), `consumers_not_settled` (facts:
 * revision, active, resumed, unpaused: names of replicas or `none`, reason), and those of the book.
 */
export async function consume(
  session: Session,
  { revision, active }: { revision: string; active: number },
  context: EffectContext,
): Promise<Result<null>> {
  if (!session.isOpen) return fail('not_open');
  const spec = session.book.state().revisions[revision]?.spec;
  if (spec === undefined) return active === 0 ? ok(null) : notSettled(session, { revision, active });
  if (spec.consumer === null) return ok(null);
  const kept = await remember(session, revision, active);
  if (!kept.ok) return kept;
  session.conductor.nudge();
  return untilSettled(session, { revision, active }, context);
}

async function remember({ book }: Session, revision: string, active: number): Promise<Result<null>> {
  if (book.state().consumers[revision] === active) return ok(null);
  return book.change((state: State) => ({
    ...state,
    consumers: { ...state.consumers, [revision]: active },
  }));
}

async function untilSettled(
  session: Session,
  ask: { revision: string; active: number },
  context: EffectContext,
): Promise<Result<null>> {
  const { clock } = session.options;
  const gone = AbortSignal.any([context.signal, session.watching.signal]);
  for (;;) {
    const isOurs = session.book.state().consumers[ask.revision] === ask.active;
    const isSettled = session.conductor.standing(ask.revision)?.isSettled === true;
    if (isOurs && isSettled) return ok(null);
    const isForgotten = session.book.state().revisions[ask.revision] === undefined;
    if (isForgotten && ask.active === 0) return ok(null); // its last replica was stopped meanwhile
    if (gone.aborted || (!isOurs && !isForgotten)) return fail('cancelled', { what: context.key });
    if (isForgotten || clock.now() >= context.deadline) return notSettled(session, ask);
    await clock.sleep(millis(50), gone);
  }
}

function notSettled(
  { conductor }: Session,
  { revision, active }: { revision: string; active: number },
): Result<null> {
  const standing = conductor.standing(revision);
  const waiting = [...(standing?.orders.keys() ?? [])];
  const complaint = waiting.map((replica) => conductor.complaint(replica)).find((each) => each !== null);
  return fail('consumers_not_settled', {
    revision,
    active,
    resumed: standing?.resumed ?? 0,
    unpaused: standing?.unpaused.join(' ') || 'none',
    reason: complaint ?? 'too few replicas are ready',
  });
}
