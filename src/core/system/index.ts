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
