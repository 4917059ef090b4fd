export { type Client, type Connection, createClient, type Refusal } from './client.ts';
export type { Problem } from './problem.ts';
export {
  type DownRequest,
  downRequest,
  type IntentRequest,
  intentRequest,
  type ReleaseRequestBody,
  releaseRequest,
  type RollbackRequest,
  rollbackRequest,
  type UpRequest,
  upRequest,
} from './requests.ts';
export type {
  AcceptedView,
  ArmView,
  ExplainView,
  HistoryItem,
  Outcome,
  PlanView,
  ProbeView,
  ReleaseView,
  RolloutView,
  ServiceView,
  StatusView,
  StoreStateView,
  TimelineEntry,
} from './views.ts';
