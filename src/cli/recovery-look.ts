import { dayAndTime, timeOfDay } from '#api';
import type { Instant } from '#kernel';
import type { Call } from './actions.ts';
import { complain, exitCodes } from './exit.ts';
import { recoveryOf, runOperation } from './recovery-run.ts';
import { drillLines, recoveryLines } from './recovery-show.ts';

/** Prints how safe everything is. */
export async function recovery(call: Call): Promise<number> {
  const { world, json } = call;
  const state = await recoveryOf(call);
  if (!state.ok) return complain(world, state.error, json);
  if (json) world.print(JSON.stringify(state.value));
  else for (const line of recoveryLines(state.value, world.clock.now())) world.print(line);
  return exitCodes.done;
}

/** Tries a restore and measures it; fails when anything of it did, or a declared bound is broken. */
export async function drill(call: Call, note: string): Promise<number> {
  const { world, json } = call;
  const ran = await runOperation(call, { kind: 'drill', note });
  if ('exit' in ran) return ran.exit;
  const { drill: record } = ran.operation;
  if (record === null) return exitCodes.failed;
  const state = await recoveryOf(call);
  const bounds = state.ok ? state.value.bounds : null;
  const checklist = state.ok ? state.value.checklist : [];
  if (json) world.print(JSON.stringify({ drill: record, bounds, checklist }));
  else for (const line of drillLines(record, bounds, world.clock.now())) world.print(line);
  const isBroken = bounds !== null && (bounds.rto.ok === false || bounds.rpo.ok === false);
  return record.ok && !isBroken ? exitCodes.done : exitCodes.failed;
}

/** Several steps fall into one minute. */
const toTheSecond = (at: Instant) => `${dayAndTime(at).slice(0, 10)} ${timeOfDay(at)}`;

/** Prints what recovery has done, as the journal has it. */
export async function evidence({ world, client, environment, json }: Call): Promise<number> {
  const key = 'GET /v1/environments/{environment}/recovery/evidence';
  const entries = await client.call(key, { params: { environment } });
  if (!entries.ok) return complain(world, entries.error, json);
  if (json) world.print(JSON.stringify(entries.value));
  else for (const { at, sentence } of entries.value) world.print(`${toTheSecond(at)}  ${sentence}`);
  return exitCodes.done;
}
