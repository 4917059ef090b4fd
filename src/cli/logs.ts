import type { LogGapView, LogLineView, Refusal } from '#api';
import type { Call } from './actions.ts';
import { complain, exitCodes } from './exit.ts';

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
  let refusal: Refusal | null = null;
  const key = 'GET /v1/environments/{environment}/logs';
  for await (const line of client.lines(key, ask, world.interrupted, (why) => (refusal = why))) {
    if (line === '') continue;
    world.print(json ? line : readable(line));
  }
  if (refusal !== null) return complain(world, refusal, json);
  return world.interrupted.aborted && !follow ? exitCodes.interrupted : exitCodes.done;
}

function readable(line: string): string {
  const told = JSON.parse(line) as LogLineView | LogGapView;
  if ('dropped' in told) return `… ${told.dropped} lines came too fast to be shown`;
  return `${told.service} ${told.replica}  ${told.text}`;
}
