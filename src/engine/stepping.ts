import { can, type Rollout, type RolloutEvent, type RolloutRecord, recordOf, step } from '#core/release';
import type { Instant } from '#kernel';
import type { EnvironmentRow } from './records.ts';

/** Folds events into a rollout. A newer release that waits takes its place as soon as the policy lets it. */
export function stepThrough(
  rollout: Rollout,
  events: readonly RolloutEvent[],
  row: EnvironmentRow,
  now: Instant,
): { readonly next: Rollout; readonly records: readonly RolloutRecord[] } {
  const records: RolloutRecord[] = [];
  let next = rollout;
  const take = (event: RolloutEvent) => {
    const [stepped, effects] = step(next, event, now);
    if (stepped === next) return;
    const record = recordOf(next, stepped, event, effects);
    if (record.held !== isHeld(next) || isTold(record)) records.push(record);
    next = stepped;
  };
  for (const event of events) take(event);
  if (row.queued !== null && can('supersede', next))
    take({ type: 'supersede', by: 'a newer release', release: row.queued.release });
  return { next, records };
}

const isHeld = (rollout: Rollout) => rollout.phase === 'holding' && rollout.held;

/** A measurement that changed nothing but its counts is kept in the state; a journal of days would be full of them. */
const isTold = ({ event, before, phase, effects, verdict, until, over }: RolloutRecord) =>
  event.type !== 'measured' ||
  before !== phase ||
  effects.length > 0 ||
  verdict !== null ||
  until !== undefined ||
  over;
