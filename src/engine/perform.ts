import type { Effect, Revision, RolloutEvent } from '#core/release';
import type { Check } from '#core/system';
import { type Clock, type Failure, fail, invariant, type Millis, type Result, unreachable } from '#kernel';
import type { EffectContext, Target, TargetResult, TaskOutcome, TaskProgress } from '#ports';

/** What performing needs to know beside the effect itself. */
export interface Performer {
  readonly target: Target;
  readonly clock: Clock;
  readonly fence: number;
  readonly revisions: ReadonlyMap<string, Revision>;
  readonly checks: readonly Check[];
}

/**
 * Performs one effect to its end, its deadline, or its cancellation, and gives the outcome as an event; `tell` hears of what
 * happens on the way. Never throws.
 */
export async function perform(
  effect: Effect,
  performer: Performer,
  tell: (event: RolloutEvent) => void,
  signal: AbortSignal,
): Promise<RolloutEvent> {
  const { clock, fence } = performer;
  const wait = effect.notBefore - clock.now();
  if (wait > 0) await clock.sleep(wait as Millis, signal);
  if (signal.aborted)
    return {
      type: 'effectFailed',
      id: effect.id,
      failure: { code: 'effect_cancelled', facts: { effect: effect.id } },
    };
  const context = { key: effect.id, fence, deadline: effect.deadline };
  if (effect.do === 'runJob') {
    const progress = (told: TaskProgress) => tell({ type: 'jobProgressed', id: effect.id, ...told });
    const outcome = await bounded(clock, { ...context, progress }, signal, (inner) =>
      runJob(effect, performer, inner),
    );
    return jobEvent(effect.id, outcome);
  }
  if (effect.do === 'runCheck') {
    const outcome = await bounded(clock, context, signal, (inner) => runCheck(effect, performer, inner));
    return checkEvent(effect.id, outcome);
  }
  const outcome = await bounded(clock, context, signal, (inner) => act(effect, performer, inner));
  return outcome.ok
    ? { type: 'effectDone', id: effect.id }
    : { type: 'effectFailed', id: effect.id, failure: outcome.error };
}

function act(
  effect: Exclude<Effect, { do: 'runCheck' | 'runJob' }>,
  performer: Performer,
  context: EffectContext,
): TargetResult<unknown> {
  const { target, revisions } = performer;
  switch (effect.do) {
    case 'ensureReplicas': {
      const revision = revisions.get(effect.revision);
      invariant(revision !== undefined, `revision ${effect.revision} belongs to the rollout`);
      return target.ensureReplicas({ revision, count: effect.count }, context);
    }
    case 'setRoute':
      return target.setRoute(effect.table, context);
    case 'consume':
      return target.consume({ revision: effect.revision, active: effect.active }, context);
    case 'drain':
      return target.drain({ revision: effect.revision, keep: effect.keep }, context);
    case 'stop':
      return target.stop({ revision: effect.revision, keep: effect.keep }, context);
    default:
      return unreachable(effect);
  }
}

function runCheck(
  effect: Effect & { do: 'runCheck' },
  performer: Performer,
  context: EffectContext,
): TargetResult<TaskOutcome> {
  const check = performer.checks.find((each) => each.name === effect.check);
  invariant(check !== undefined, `check ${effect.check} belongs to the rollout`);
  return performer.target.runTask({ kind: 'check', check, arm: effect.arm }, context);
}

function runJob(
  effect: Effect & { do: 'runJob' },
  { target, revisions }: Performer,
  context: EffectContext,
): TargetResult<TaskOutcome> {
  const job = revisions.get(effect.job);
  invariant(job !== undefined, `job ${effect.job} belongs to the rollout`);
  return target.runTask({ kind: 'job', job, resume: effect.resume }, context);
}

function jobEvent(id: string, outcome: Result<TaskOutcome, Failure>): RolloutEvent {
  if (!outcome.ok) return { type: 'effectFailed', id, failure: outcome.error };
  const { exitCode, output } = outcome.value;
  return { type: 'jobDone', id, exitCode, detail: detailOf(output) };
}

/** Exit code 0 is green, 1 is red, and so is a check that found no end in its time. Anything else measured nothing. */
function checkEvent(id: string, outcome: Result<TaskOutcome, Failure>): RolloutEvent {
  if (!outcome.ok) {
    const slow = outcome.error.code === 'task_timed_out' || outcome.error.code === 'effect_timed_out';
    if (slow) return { type: 'checkDone', id, green: false, detail: 'it did not end in its time' };
    return { type: 'effectFailed', id, failure: outcome.error };
  }
  const { exitCode, output } = outcome.value;
  if (exitCode !== 0 && exitCode !== 1) {
    return {
      type: 'effectFailed',
      id,
      failure: { code: 'check_broken', facts: { exitCode, output: output.slice(-300) } },
    };
  }
  return { type: 'checkDone', id, green: exitCode === 0, detail: detailOf(output) };
}

/** What a check or a job says of itself: the `detail` (or `message`) and the figures of its JSON line, or its last line as it stands. */
export function detailOf(output: string): string {
  const last = output.trim().split('\n').at(-1) ?? '';
  try {
    const parsed = JSON.parse(last) as Readonly<Record<string, unknown>> | null;
    const { value, limit, unit } = parsed ?? {};
    const detail = parsed?.['detail'] ?? parsed?.['message'];
    const measured =
      typeof value === 'number' && typeof limit === 'number' && (unit === 'ms' || unit === 'percent');
    const figures = measured ? ` (${Math.round(value * 10) / 10} ${unit}, limit ${limit})` : '';
    if (typeof detail === 'string') return oneLine(`${detail}${figures}`);
  } catch {
    // not a JSON line: shown as it is
  }
  return oneLine(last);
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 300);

/** R5: an effect ends at its deadline whatever the target does, and is told to stop. */
export async function bounded<T>(
  clock: Clock,
  context: Omit<EffectContext, 'signal'>,
  signal: AbortSignal,
  run: (context: EffectContext) => TargetResult<T>,
): Promise<Result<T, Failure>> {
  if (signal.aborted) return fail('effect_cancelled', { effect: context.key });
  const limit = new AbortController();
  const over = new AbortController();
  const forward = () => limit.abort(ended);
  signal.addEventListener('abort', forward, { once: true });
  const wait = Math.max(0, context.deadline - clock.now()) as Millis;
  const timeout = clock.sleep(wait, over.signal).then((): Result<T, Failure> => {
    limit.abort(ended);
    return fail(signal.aborted ? 'effect_cancelled' : 'effect_timed_out', { effect: context.key });
  });
  const cancelled = new Promise<Result<T, Failure>>((resolve) => {
    // A cancelled effect is given a moment to end by itself, so that it cannot act after what replaces it.
    const leave = () =>
      void clock.sleep(cancelGrace).then(() => resolve(fail('effect_cancelled', { effect: context.key })));
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    const work = run({ ...context, signal: limit.signal }).catch(broken);
    return await Promise.race([work, timeout, cancelled]);
  } finally {
    over.abort(ended);
    signal.removeEventListener('abort', forward);
  }
}

/** A reason of its own: without one each abort makes an exception with a stack, some 10 µs. */
const ended = 'ended';

const cancelGrace = 2_000 as Millis;

/** A target must not throw; where it does, the release goes on by its rules and the journal says what happened. */
function broken(reason: unknown): Result<never, Failure> {
  return fail('target_broken', { reason: reason instanceof Error ? reason.message : String(reason) });
}
