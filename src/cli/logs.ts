import type { LogGapView, LogLineView } from '#api';
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
  const { service, lines, follow = false } = flags;
  const query = { service, lines, follow: follow ? ('true' as const) : ('false' as const) };
  const ask = { params: { environment }, query };
  for await (const line of client.lines('GET /v1/environments/{environment}/logs', ask, world.interrupted)) {
    if (line === '') continue;
    world.print(json ? line : readable(line));
  }
  return world.interrupted.aborted && !follow ? exitCodes.interrupted : exitCodes.done;
}

function readable(line: string): string {
  const told = JSON.parse(line) as LogLineView | LogGapView;
  if ('dropped' in told) return `… ${told.dropped} lines came too fast to be shown`;
  return `${told.service} ${told.replica}  ${told.text}`;
}
