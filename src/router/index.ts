export type {
  DrainOutcome,
  DrainRequest,
  Endpoint,
  RouterArm,
  RouterRoute,
  RouterState,
  RouterTable,
} from './contract.ts';
