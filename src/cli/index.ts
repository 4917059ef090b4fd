export { complainOf, exitCodes } from './exit.ts';
export { follow } from './follow.ts';
export { runCommandLine } from './program.ts';
export type {
  CheckFinding,
  CheckReport,
  DeclaredScenario,
  LoadOptions,
  LoadOutcome,
  LostMachine,
  LostMachineAsk,
  ServeOptions,
  World,
} from './world.ts';
