/** What the control plane answers: shapes shared by server, command line and pages, each made from its schema. */
export type { AcceptedView, ProbeView } from './schemas/accepted.ts';
export type { ExplainView, ExposureView, HistoryItem, HistoryRollout } from './schemas/history.ts';
export type { PlanStageView, PlanView } from './schemas/plan.ts';
export type { Problem } from './schemas/problem.ts';
export type { ArmView, CanView, ProgressView, RolloutView, WaitView } from './schemas/rollout.ts';
export type {
  ChargeView,
  ContractView,
  ReleaseView,
  ServiceView,
  StatusView,
  StoreStateView,
} from './schemas/status.ts';
export type { Outcome, TimelineEntry } from './schemas/timeline.ts';
