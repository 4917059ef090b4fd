import { after, type Instant, invariant } from '#kernel';
import { goBack } from './back.ts';
import { enter, type Step, stageAt, stay } from './change.ts';
import { opensAt } from './calendar.ts';
import type { RolloutEvent } from './event.ts';
import type { Wait } from './plan.ts';
import type { Approved, Rollout } from './rollout.ts';

/** A rollout that waits for people or for the time; `null`: there is nothing to wait for (any more). */
export function beginWait(rollout: Rollout, index: number, wait: Wait, now: Instant): Step | null {
  const opens = wait.for === 'window' ? opensAt(wait.windows, wait.freezes, now) : null;
  if (wait.for === 'window' && opens === now) return null;
  const until = wait.for === 'approval' ? after(now, wait.approval.within) : rollout.overBy;
  const phase = {
    phase: 'awaiting',
    stage: index,
    since: now,
    until,
    approvals: [],
    opensAt: opens,
  } as const;
  return enter(rollout, phase, [], now);
}

/** What the wait has come to: `over` when it may go on. */
export function whileAwaiting(
  rollout: Rollout & { phase: 'awaiting' },
  now: Instant,
): { readonly over: boolean; readonly step: Step } {
  const wait = waitOf(rollout);
  if (now >= rollout.until) {
    const facts = { what: wait.name, waited: rollout.until - rollout.since };
    return {
      over: false,
      step: goBack(rollout, { code: 'wait_timed_out', facts, verdict: null, at: now }, now),
    };
  }
  const here = { over: false, step: stay(rollout) };
  if (rollout.paused !== null) return here;
  if (wait.for === 'approval') {
    return { over: rollout.approvals.length >= wait.approval.people, step: stay(rollout) };
  }
  if (rollout.opensAt !== null && now < rollout.opensAt) return here;
  const opens = opensAt(wait.windows, wait.freezes, now);
  if (opens === now) return { over: true, step: stay(rollout) };
  return opens === rollout.opensAt ? here : { over: false, step: stay({ ...rollout, opensAt: opens }) };
}

/** One person's consent, counted once, and only in the role that was asked for. */
export function approved(
  rollout: Rollout & { phase: 'awaiting' },
  { by, role, note }: RolloutEvent & { type: 'approve' },
  now: Instant,
): Rollout {
  const wait = waitOf(rollout);
  const counts = wait.for === 'approval' && wait.approval.role === role;
  if (!counts || rollout.approvals.some((each) => each.by === by)) return rollout;
  const consent: Approved = { by, role, note, at: now };
  return { ...rollout, approvals: [...rollout.approvals, consent] };
}

/** What a rollout waits for now. */
export function waitOf(rollout: Rollout & { phase: 'awaiting' }): Wait {
  const stage = stageAt(rollout, rollout.stage);
  invariant(stage.kind === 'wait', `stage ${stage.name} waits`);
  return stage;
}
