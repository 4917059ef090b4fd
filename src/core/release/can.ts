import { stageAt } from './change.ts';
import type { PhaseName, Rollout } from './rollout.ts';

/** What may be asked of a rollout. */
export type Intent = 'abort' | 'promote' | 'pause' | 'resume' | 'approve' | 'supersede';

/** Phases on the way forward. */
const forward: readonly PhaseName[] = [
  'planned',
  'awaiting',
  'running',
  'starting',
  'routing',
  'withdrawing',
  'trimming',
  'holding',
];

export const isForward = (rollout: Rollout): boolean => forward.includes(rollout.phase);

/**
 * Whether an intent would change anything now; command line, API and pages all ask here. R4: abort is legal in every phase
 * that is still under way forward, until something final has begun; on the way back it has been granted already.
 */
export function can(intent: Intent, rollout: Rollout): boolean {
  switch (intent) {
    case 'abort':
      return isForward(rollout) && !rollout.committed;
    case 'promote':
      return rollout.phase === 'holding' || awaits(rollout) === 'window';
    case 'approve':
      return awaits(rollout) === 'approval';
    case 'pause':
      return isForward(rollout) && rollout.phase !== 'planned' && rollout.paused === null;
    case 'resume':
      return isForward(rollout) && rollout.paused !== null;
    case 'supersede':
      return can('abort', rollout) && (rollout.plan.manner === 'contract' || givesWay(rollout));
  }
}

function givesWay(rollout: Rollout): boolean {
  const { supersede } = rollout.plan.policy;
  if (supersede !== 'waiting') return supersede === 'always';
  const isHeld = rollout.phase === 'holding' && rollout.held;
  return rollout.phase === 'awaiting' || isHeld || rollout.paused !== null;
}

function awaits(rollout: Rollout): 'approval' | 'window' | null {
  if (rollout.phase !== 'awaiting') return null;
  const stage = stageAt(rollout, rollout.stage);
  return stage.kind === 'wait' ? stage.for : null;
}
