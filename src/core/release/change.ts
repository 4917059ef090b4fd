import { after, type Instant, invariant, type Millis, millis } from '#kernel';
import type { Act, Effect } from './effect.ts';
import type { Shift, Stage } from './plan.ts';
import type { Common, Phase, Rollout } from './rollout.ts';

/** The next state and what must be done to get on. */
export type Step = readonly [Rollout, readonly Effect[]];

/** One effect to issue and how long it may take. */
export interface Wanted {
  readonly act: Act;
  readonly within: Millis;
}

/** Nothing to do: the very same object, so that the caller can see that nothing changed. */
export const stay = (rollout: Rollout): Step => [rollout, []];

/** Goes to another phase. Effects of the phase before are given up; those wanted now are issued. */
export function enter(
  rollout: Rollout,
  phase: Phase,
  wanted: readonly Wanted[],
  now: Instant,
  changes: Partial<Common> = {},
): Step {
  const effects = wanted.map((each, i) => issue(rollout, each, rollout.effectsIssued + i + 1, now));
  const common = { ...commonOf(rollout), ...changes };
  const next = {
    ...common,
    ...phase,
    pending: effects,
    effectsIssued: rollout.effectsIssued + effects.length,
  };
  return [next, effects];
}

/** Issues effects without leaving the phase. */
export function alsoDo(rollout: Rollout, wanted: readonly Wanted[], now: Instant): Step {
  const effects = wanted.map((each, i) => issue(rollout, each, rollout.effectsIssued + i + 1, now));
  const pending = [...rollout.pending, ...effects];
  return [{ ...rollout, pending, effectsIssued: rollout.effectsIssued + effects.length }, effects];
}

/** An effect failed: tries it again, a little later each time, under a new id. */
export function tryAgain(rollout: Rollout, effect: Effect, within: Millis, now: Instant): Step {
  const attempt = effect.attempt + 1;
  const notBefore = after(now, millis(Math.min(5_000, 100 * 2 ** Math.min(effect.attempt, 10))));
  const again: Effect = {
    ...effect,
    id: effect.id.replace(/\.\d+$/, `.${attempt}`),
    attempt,
    notBefore,
    deadline: after(notBefore, within),
  };
  return [{ ...rollout, pending: [...without(rollout.pending, effect.id), again] }, [again]];
}

export const without = (pending: readonly Effect[], id: string): readonly Effect[] =>
  pending.filter((effect) => effect.id !== id);

function issue(rollout: Rollout, { act, within }: Wanted, count: number, now: Instant): Effect {
  return {
    ...act,
    id: `${rollout.plan.id}/${count}.1`,
    attempt: 1,
    notBefore: now,
    deadline: after(now, within),
  };
}

/** The fields that every phase has: what is true only in one phase must not leak into the next. */
export function commonOf(rollout: Rollout): Common {
  return {
    format: rollout.format,
    plan: rollout.plan,
    startedAt: rollout.startedAt,
    overBy: rollout.overBy,
    paused: rollout.paused,
    committed: rollout.committed,
    ignored: rollout.ignored,
    routeVersion: rollout.routeVersion,
    routedStage: rollout.routedStage,
    mayHaveTraffic: rollout.mayHaveTraffic,
    crashesBefore: rollout.crashesBefore,
    pending: rollout.pending,
    effectsIssued: rollout.effectsIssued,
    seen: rollout.seen,
    watch: rollout.watch,
  };
}

export function stageAt(rollout: Rollout, index: number): Stage {
  const stage = rollout.plan.stages[index];
  invariant(stage !== undefined, `stage ${index} exists among ${rollout.plan.stages.length}`);
  return stage;
}

/** The stage, which must be one that moves shares. */
export function shiftAt(rollout: Rollout, index: number): Shift {
  const stage = stageAt(rollout, index);
  invariant(stage.kind === 'shift', `stage ${index} moves shares; it is a ${stage.kind}`);
  return stage;
}

/** The last stage before `index` that moves shares; null: everything is as it was before the rollout. */
export function shiftBefore(rollout: Rollout, index: number): Shift | null {
  const before = rollout.plan.stages.slice(0, index).findLast((stage) => stage.kind === 'shift');
  return before?.kind === 'shift' ? before : null;
}

/** Long enough for the declared drain and grace, with some room for the machine. */
export function removalTime(shutdown: { drain: number; websocketDrain: number; grace: number }): Millis {
  return millis(Math.max(shutdown.drain, shutdown.websocketDrain) + shutdown.grace + 10_000);
}
