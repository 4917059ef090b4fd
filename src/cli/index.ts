export { complainOf, exitCodes } from './exit.ts';
export { follow } from './follow.ts';
export { runCommandLine } from './program.ts';
export type { CheckFinding, CheckReport, LoadOptions, LoadOutcome, ServeOptions, World } from './world.ts';
