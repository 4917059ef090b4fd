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
export { readIfThere, replaceFile } from './files.ts';
export { parseTable, portsOf } from './table/parse.ts';
