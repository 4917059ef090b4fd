import type { Call } from './actions.ts';
import { exitCodes } from './exit.ts';

export interface LogFlags {
  readonly service?: string;
  readonly lines: number;
  readonly follow?: boolean;
}

/** Prints the last lines of services, and follows them where asked until Ctrl-C. */
export async function logs(call: Call, flags: LogFlags): Promise<number> {
  const { world, client, environment, json } = call;
  const query = new URLSearchParams({ lines: String(flags.lines), follow: String(flags.follow === true) });
  if (flags.service !== undefined) query.set('service', flags.service);
  for await (const line of client.lines(
    `/v1/environments/${environment}/logs?${query.toString()}`,
    world.interrupted,
  )) {
    if (line === '') continue;
    world.print(json ? line : readable(line));
  }
  return world.interrupted.aborted && flags.follow !== true ? exitCodes.interrupted : exitCodes.done;
}

function readable(line: string): string {
  const { service, replica, text } = JSON.parse(line) as { service: string; replica: string; text: string };
  return `${service} ${replica}  ${text}`;
}
