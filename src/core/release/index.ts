export { can, type Intent, isForward } from './can.ts';
export type { Act, Effect } from './effect.ts';
export type { LearnedOf, RolloutEvent } from './event.ts';
export { recordOf, type RolloutRecord, sentenceOf } from './record.ts';
export { opensAt } from './calendar.ts';
export type {
  GateMode,
  Manner,
  Move,
  Release,
  RolloutPlan,
  Shift,
  Stage,
  StageShare,
  Task,
  Wait,
} from './plan.ts';
export { isMeasured } from './plan.ts';
export { type Revision, revisionOf } from './revision.ts';
export type {
  Approved,
  Cause,
  PhaseName,
  Progress,
  Readiness,
  Rollout,
  Unread,
  WatchedArm,
} from './rollout.ts';
export type { Arm, Route, RouteTable } from './route.ts';
export { isOver, plannedRollout, step } from './step.ts';
export { isWatching, noWatch } from './watch.ts';
