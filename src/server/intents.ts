import type { IntentRequest } from '#engine';
import { can, type Intent, isForward, type Rollout } from '#core/release';
import { describeFailure, type Failure, fail, ok, type Result } from '#kernel';
import { waitsFor } from './waits.ts';

type Asked = IntentRequest['intent'];

/** What is refused before the engine is asked: consent that was given already would change nothing and end nowhere. */
export function mayIntend(active: Rollout | null, ask: IntentRequest): Result<null> {
  if (active?.phase !== 'awaiting' || ask.intent !== 'approve') return ok(null);
  const known = active.approvals.find(({ by }) => by === ask.by);
  return known === undefined ? ok(null) : fail('approval_given', { by: ask.by, role: known.role });
}

/** A refusal with its reason and what may be done instead. */
export function explained(failure: Failure, active: Rollout | null, intent: Asked): Failure {
  if (failure.code !== 'intent_not_legal' || active === null) return failure;
  const possible = intents.filter((each) => can(each, active)).map((each) => `fairway ${each}`);
  return fail('intent_not_legal', {
    intent,
    phase: active.phase,
    release: active.plan.release,
    why: whyNot(intent, active),
    possible: possible.length === 0 ? 'nothing but to wait' : possible.join(', '),
  }).error;
}

const intents: readonly Asked[] = ['promote', 'approve', 'pause', 'resume', 'abort'];

/** Half a sentence: what stands in the way. */
function whyNot(intent: Exclude<Intent, 'supersede'>, rollout: Rollout): string {
  if (!isForward(rollout)) {
    const cause = 'because' in rollout ? `: ${describeFailure(rollout.because).sentence}` : '';
    return `it goes back already${cause}`;
  }
  // What it would wait for if nobody had paused it: resuming would not make it legal.
  const waits = waitsFor({ ...rollout, paused: null })?.sentence ?? 'its end';
  switch (intent) {
    case 'abort':
      return 'something final has begun, from where there is only forward (R4)';
    case 'promote':
      return `there is no hold or window to end; it waits for ${waits}`;
    case 'approve':
      return `nobody is asked for approval now; it waits for ${waits}`;
    case 'pause':
      return rollout.paused === null
        ? 'it has not begun yet'
        : `it is paused already, by ${rollout.paused.by}`;
    case 'resume':
      return `it is not paused; it waits for ${waits}`;
  }
}
