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
export { resolveEnvironment } from './resolve/resolve.ts';
export type {
  CanaryStep,
  Check,
  Environment,
  GatePolicy,
  Probe,
  ReleasePolicy,
  SecretSpec,
  Service,
  StoreSpec,
  Strategy,
  TargetName,
} from './resolved.ts';
export { systemJsonSchema } from './schema/json-schema.ts';
export type { EnvironmentInput, SystemInput } from './schema/system.ts';
