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
export {
  embeddedVersions,
  type Honour,
  type HonourField,
  honourTable,
  type PresentTarget,
  presentTargets,
} from './honour/table.ts';
export { type DeclaredPath, declaredPaths } from './judge/paths.ts';
export { notData } from './read/tame.ts';
export { type ReadSystem, readSystem, type System } from './read/read.ts';
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
export type { EnvironmentDeclaration, EnvironmentInput, Overlay, SystemInput } from './schema/system.ts';
