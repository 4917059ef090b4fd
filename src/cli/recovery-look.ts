import { dayAndTime, type EvidenceView, type RecoveryView } from '#api';
import type { Call } from './actions.ts';
import { complain, exitCodes } from './exit.ts';
import { runOperation } from './recovery-run.ts';
import { drillLines, recoveryLines } from './recovery-show.ts';

/** Prints how safe everything is. */
export async function recovery(call: Call): Promise<number> {
  const { world, client, environment, json } = call;
  const state = await client.get<RecoveryView>(`/v1/environments/${environment}/recovery`);
  if (!state.ok) return complain(world, state.error, json);
  if (json) world.print(JSON.stringify(state.value));
  else for (const line of recoveryLines(state.value, world.clock.now())) world.print(line);
  return exitCodes.done;
}

/** Tries a restore and measures it; fails when anything of it did, or a declared bound is broken. */
export async function drill(call: Call, note: string): Promise<number> {
  const { world, client, environment, json } = call;
  const ran = await runOperation(call, { kind: 'drill', note });
  if ('exit' in ran) return ran.exit;
  const { drill: record } = ran.operation;
  if (record === null) return exitCodes.failed;
  const state = await client.get<RecoveryView>(`/v1/environments/${environment}/recovery`);
  const bounds = state.ok ? state.value.bounds : null;
  if (json) world.print(JSON.stringify({ drill: record, bounds }));
  else for (const line of drillLines(record, bounds, world.clock.now())) world.print(line);
  const isBroken = bounds !== null && (bounds.rto.ok === false || bounds.rpo.ok === false);
  return record.ok && !isBroken ? exitCodes.done : exitCodes.failed;
}

/** Prints what recovery has done, as the journal has it. */
export async function evidence(call: Call): Promise<number> {
  const { world, client, environment, json } = call;
  const entries = await client.get<readonly EvidenceView[]>(
    `/v1/environments/${environment}/recovery/evidence`,
  );
  if (!entries.ok) return complain(world, entries.error, json);
  if (json) world.print(JSON.stringify(entries.value));
  else for (const { at, sentence } of entries.value) world.print(`${dayAndTime(at)}  ${sentence}`);
  return exitCodes.done;
}
