export { activeAt } from './active.ts';
export {
  type Finding,
  type FindingCode,
  type Path,
  type Problem,
  pathText,
  problem,
  type Severity,
} from './finding.ts';
export { findingCodes } from './finding-codes.ts';
export { honourTable, presentTargets } from './honour/table.ts';
export { declaredPaths } from './judge/paths.ts';
export { notData } from './read/tame.ts';
export { readSystem, type System } from './read/read.ts';
export { withStrategy } from './resolve/override.ts';
export { resolveEnvironment } from './resolve/resolve.ts';
export type { Edge } from './resolved-edge.ts';
export type {
  AbsentService,
  Advance,
  Approval,
  CanaryStep,
  Check,
  Consumer,
  Counters,
  Environment,
  Freeze,
  GatePolicy,
  Job,
  Measure,
  Migrations,
  Probe,
  ReleasePolicy,
  RouterName,
  SecretSpec,
  Service,
  StoreSpec,
  Strategy,
  Supersede,
  TargetName,
  Weekday,
  Window,
} from './resolved.ts';
export type {
  BackupPolicy,
  Keeping,
  RecoveryPolicy,
  TimeBound,
  VerifyPolicy,
} from './resolved-recovery.ts';
export { systemJsonSchema } from './schema/json-schema.ts';
export { type Matcher, parseSelector, type Selector, wholly } from './schema/selector.ts';
export type { EnvironmentInput, SystemInput } from './schema/system.ts';
