export type { RouterClient } from './client.ts';
export type {
  DrainOutcome,
  DrainRequest,
  Endpoint,
  RouterArm,
  RouterRoute,
  RouterState,
  RouterTable,
} from './contract.ts';
export { type StartOptions, startRouter } from './start.ts';
