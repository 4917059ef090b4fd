import type { PhaseName, Rollout } from './rollout.ts';

/** What a person may ask of a rollout. */
export type Intent = 'abort' | 'promote';

/** R4: abort is legal in every phase that is still under way forward; on the way back it has been granted already. */
const legalIn = {
  abort: ['planned', 'starting', 'routing', 'withdrawing', 'trimming', 'holding'],
  promote: ['holding'],
} as const satisfies Record<Intent, readonly PhaseName[]>;

/** Whether an intent would change anything now; command line, API and pages all ask here. */
export function can(intent: Intent, rollout: Rollout): boolean {
  const phases: readonly PhaseName[] = legalIn[intent];
  return phases.includes(rollout.phase);
}
