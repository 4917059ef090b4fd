export { driveLoad, type LoadRun, startLoad } from './drive.ts';
export {
  defaultLoadPlan,
  type LoadPlan,
  type PlannedRequest,
  type PlannedSession,
  type PlannedSockets,
} from './plan.ts';
export type {
  FailureKind,
  FailureSample,
  Latency,
  LoadReport,
  RevisionReport,
  SocketReport,
} from './report.ts';
export type { LoadWorld } from './world.ts';
