import { after, between, type Failure, type Instant, invariant, millis } from '#kernel';
import { goBack } from './back.ts';
import { enter, type Step, stageAt, stay, tryAgain, without } from './change.ts';
import type { Effect } from './effect.ts';
import type { RolloutEvent } from './event.ts';
import type { Task } from './plan.ts';
import type { Cause, Rollout } from './rollout.ts';

/** "Not now, try again later": a lock is held, a connection was lost. Source: sysexits.h, EX_TEMPFAIL. */
const exitTryAgain = 75;

/** A job that is still running, or whose end is awaited by nobody but a person who paused the rollout. */
type Running = Rollout & { phase: 'running' };

/** Runs the job of a stage. From the first moment of a final one there is no way back (R4). */
export function startJob(rollout: Rollout, index: number, task: Task, now: Instant): Step {
  const act = { do: 'runJob', stage: index, job: task.job.id, resume: null } as const;
  const deadline = after(now, task.timeout);
  const phase = { phase: 'running', stage: index, deadline, progress: null, finished: false } as const;
  const committed = rollout.committed || task.final;
  return enter(rollout, phase, [{ act, within: task.timeout }], now, { committed });
}

/** A later attempt begins where this one has come to, also when the controller dies in between. */
export function progressed(rollout: Running, event: RolloutEvent & { type: 'jobProgressed' }, now: Instant) {
  const { resume, done, of } = event;
  const pending = rollout.pending.map(
    (effect): Effect => (effect.id === event.id && effect.do === 'runJob' ? { ...effect, resume } : effect),
  );
  return { ...rollout, pending, progress: { resume, done, of, at: now } };
}

/** What a job's end leads to; `finished` when the rollout may go on. */
export function jobEnded(rollout: Running, event: RolloutEvent & { type: 'jobDone' }, now: Instant): Step {
  const { exitCode, detail } = event;
  if (exitCode === 0) return stay(finished(rollout, event.id));
  const task = taskOf(rollout);
  const effect = rollout.pending.find((each) => each.id === event.id);
  if (exitCode === exitTryAgain && effect !== undefined) return again(rollout, effect, now);
  return failed(rollout, { code: 'job_failed', facts: { job: task.name, exitCode, detail } }, now);
}

/** A job that could not be run. Trouble of the moment is waited out; anything else is the job's failure. */
export function jobNotRun(rollout: Running, effect: Effect, failure: Failure, now: Instant): Step {
  if (passing.has(failure.code)) return again(rollout, effect, now);
  if (slow.has(failure.code)) return jobTimedOut(rollout, now);
  return failed(rollout, failure, now);
}

const passing: ReadonlySet<string> = new Set(['effect_cancelled', 'target_busy', 'target_broken']);

const slow: ReadonlySet<string> = new Set(['effect_timed_out', 'task_timed_out']);

/** The time of all attempts together is over. */
export function jobTimedOut(rollout: Running, now: Instant): Step {
  const task = taskOf(rollout);
  return failed(rollout, { code: 'job_timed_out', facts: { job: task.name, timeout: task.timeout } }, now);
}

function again(rollout: Running, effect: Effect, now: Instant): Step {
  const left = between(now, rollout.deadline);
  return left <= 0 ? jobTimedOut(rollout, now) : tryAgain(rollout, effect, millis(left), now);
}

function failed(rollout: Running, failure: Failure, now: Instant): Step {
  const because: Cause = { ...failure, verdict: null, at: now };
  if (taskOf(rollout).onFailure === 'rollback') return goBack(rollout, because, now);
  return stay({ ...rollout, pending: [], finished: true, ignored: [...rollout.ignored, because] });
}

function finished(rollout: Running, id: string): Running {
  return { ...rollout, pending: without(rollout.pending, id), finished: true };
}

export function taskOf(rollout: Running): Task {
  const stage = stageAt(rollout, rollout.stage);
  invariant(stage.kind === 'task', `stage ${stage.name} runs a job`);
  return stage;
}
