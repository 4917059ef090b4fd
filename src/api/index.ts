export { type AnswerOf, type AskOf, type Line, lineOf } from './ask.ts';
export { type Client, type Connection, createClient, type Refusal } from './client.ts';
export {
  examineRequest,
  type HoldRequest,
  holdRequest,
  type OperationRequest,
  operationRequest,
  type StepRequest,
  stepRequest,
} from './recovery-requests.ts';
export type {
  BoundView,
  EvidenceView,
  ExaminedView,
  LoginView,
  OperationView,
  RecoveryView,
  SideView,
  StoreSafetyView,
  TableDifferenceView,
  TroubleView,
  WarningView,
} from './recovery-views.ts';
export {
  type ApproveRequest,
  approveRequest,
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
  CanView,
  ChargeView,
  ContractView,
  ExplainView,
  ExposureView,
  HistoryItem,
  HistoryRollout,
  Outcome,
  PlanStageView,
  PlanView,
  Problem,
  ProbeView,
  ProgressView,
  ReleaseView,
  RolloutView,
  ServiceView,
  StatusView,
  StoreStateView,
  TimelineEntry,
  WaitView,
} from './views.ts';
export { dayAndTime, timeOfDay, timeSpan } from './times.ts';
export { type Route, type RouteKey, type Routes, routes } from './routes.ts';
export { openApiDocument } from './openapi.ts';
export { type Permission, permissions, permitted, type Role, roles } from './schemas/access.ts';
export type { AccessView, LinkView, NewTokenView, TokenView } from './schemas/access.ts';
export type { AuditView, ChainView, CheckView, FlagView } from './schemas/declared.ts';
export type { ComparisonView, EnvironmentView, PromotionRequest } from './schemas/environments.ts';
export type { LogGapView, LogLineView } from './schemas/logs.ts';
export type { SystemView } from './schemas/system.ts';
export type { GateSample, TrafficArm, TrafficSample, TrafficView } from './schemas/traffic.ts';
