import type { AcceptedView, Client, StatusView } from '#api';
import { complain, exitCodes, exitOf } from './exit.ts';
import { follow, interruptedNote } from './follow.ts';
import type { World } from './world.ts';

/** What every command knows. */
export interface Call {
  readonly world: World;
  readonly client: Client;
  readonly folder: string;
  readonly environment: string;
  readonly json: boolean;
}

export interface ActOptions {
  readonly ends: 'environment' | 'rollout';
  readonly wait: boolean;
  /** For `abort` going back is what was asked for. */
  readonly wanted?: 'rolledBack';
}

/** Sends a request that changes something and follows it to its end; the exit code says how it ended. */
export async function act(call: Call, action: string, body: object, options: ActOptions): Promise<number> {
  const { world, client, environment, json } = call;
  const path = `/v1/environments/${environment}/${action}`;
  const accepted = await client.post<AcceptedView>(path, { by: world.user, ...body });
  if (!accepted.ok) return complain(world, accepted.error, json);
  if (!options.wait) {
    if (json) world.print(JSON.stringify(accepted.value));
    else
      world.print(
        `accepted${accepted.value.release === null ? '' : `: release ${accepted.value.release}`}; "fairway status" shows it`,
      );
    return exitCodes.done;
  }
  const outcome = await follow(world, client, environment, accepted.value, { json, ends: options.ends });
  if (outcome === null) {
    world.complain(interruptedNote);
    return exitCodes.interrupted;
  }
  if (outcome === 'held' && !json) await tellWhyHeld(call);
  return outcome === options.wanted ? exitCodes.done : exitOf(outcome);
}

async function tellWhyHeld({ world, client, environment }: Call): Promise<void> {
  const status = await client.get<StatusView>(`/v1/environments/${environment}/status`);
  const verdict = status.ok ? (status.value.rollout?.verdict ?? null) : null;
  const needs = verdict !== null && 'needs' in verdict ? verdict.needs : [];
  world.print('held: the time of this step is over and the evidence is not enough to go on');
  for (const need of needs) world.print(`  ${need}`);
  world.print(
    'It goes on by itself when the evidence comes. "fairway promote" vouches for it, "fairway abort" goes back.',
  );
}
