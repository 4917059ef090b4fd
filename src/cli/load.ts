import { exitCodes } from './exit.ts';
import type { World } from './world.ts';

export interface LoadFlags {
  readonly rate: number;
  readonly seconds: number;
  readonly path: string;
  readonly connections: number;
  readonly sockets: number;
  readonly socketPath: string;
  readonly json?: boolean;
}

/** Drives load at an address; exit code 1 when a request failed. */
export async function load(world: World, target: string, flags: LoadFlags): Promise<number> {
  const { json, ...options } = flags;
  const outcome = await world.drive({ target, ...options });
  if (json === true) world.print(JSON.stringify(outcome.report));
  else for (const line of outcome.lines) world.print(line);
  return outcome.failed === 0 ? exitCodes.done : exitCodes.failed;
}
