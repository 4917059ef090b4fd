import { type AcceptedView, type AskOf, type Client, type Refusal, type StatusView, timeOfDay } from '#api';
import { millis, type Result } from '#kernel';
import { complain, exitCodes, exitOf } from './exit.ts';
import { follow, interruptedNote } from './follow.ts';
import type { World } from './world.ts';

/** What every command knows. */
export interface Call {
  readonly world: World;
  readonly client: Client;
  readonly folder: string;
  readonly environment: string;
  /** What a command for the same environment has behind it, as it was typed: ` shop --env prod`; often empty. */
  readonly place: string;
  readonly json: boolean;
}

export interface ActOptions {
  readonly ends: 'environment' | 'rollout';
  readonly wait: boolean;
  /** For `abort` going back is what was asked for. */
  readonly wanted?: 'rolledBack';
  /** Said instead of "accepted" where it is not followed. */
  readonly done?: string;
}

export const statusKey = 'GET /v1/environments/{environment}/status';

/** What may be asked of an environment, with a story that is followed. */
export type Action =
  | 'up'
  | 'down'
  | 'releases'
  | 'promotions'
  | 'rollback'
  | 'approve'
  | 'abort'
  | 'promote'
  | 'pause'
  | 'resume';

type KeyOf<A extends Action> = `POST /v1/environments/{environment}/${A}`;
/** Who asks is added to it. */
type BodyOf<A extends Action> = A extends Action ? WithoutAsker<AskOf<KeyOf<A>>> : never;
type WithoutAsker<T> = T extends { readonly body?: infer B } ? Omit<NonNullable<B>, 'by'> : never;

/** Sends a request that changes something and follows it to its end; the exit code says how it ended. */
export async function act<A extends Action>(
  call: Call,
  action: A,
  body: BodyOf<A>,
  options: ActOptions,
): Promise<number> {
  const { world, client, environment, json } = call;
  const key: KeyOf<Action> = `POST /v1/environments/{environment}/${action}`;
  // The body fits this action; that it belongs to this key is more than the compiler can follow.
  const ask = { params: { environment }, body: { by: world.user, ...body } } as AskOf<typeof key>;
  const accepted = await patiently(call, () => client.call(key, ask));
  if (!accepted.ok) return complain(world, accepted.error, json);
  if (!options.wait) {
    if (json) world.print(JSON.stringify(accepted.value));
    else world.print(options.done ?? acceptedLine(call, accepted.value));
    return exitCodes.done;
  }
  const outcome = await follow(world, client, environment, accepted.value, { json, ends: options.ends });
  if (outcome === null) {
    world.complain(interruptedNote);
    return exitCodes.interrupted;
  }
  if (outcome === 'held' && !json) await tellWhyHeld(call);
  if (action === 'up' && !json) await tellAbsent(call);
  return outcome === options.wanted ? exitCodes.done : exitOf(outcome);
}

const acceptedLine = ({ place }: Call, { release }: AcceptedView) =>
  `accepted${release === null ? '' : `: release ${release}`}; "fairway status${place}" shows it`;

/** Longer than the charge of a control plane that has died. */
const patience = 20_000;
/** The end is put on our clock anew with each answer, which moves it by the time that the answers take. */
const slack = 2_000;

/**
 * Another control plane may be in charge. One that has died is so for some seconds more: it is waited for. One that lives
 * prolongs its charge, and then waiting is of no use.
 */
export async function patiently<T>(
  { world, json }: Pick<Call, 'world' | 'json'>,
  ask: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const until = world.clock.now() + patience;
  let first: number | null = null;
  for (;;) {
    const answer = await ask();
    const held = answer.ok || !('problem' in answer.error) ? null : answer.error.problem;
    if (held?.code !== 'lease_held' || world.interrupted.aborted) return answer;
    const expires = Number(held.facts?.['expires'] ?? 0);
    const isAlive = first !== null && expires > first + slack;
    if (isAlive || world.clock.now() >= until) return answer;
    if (first === null && !json)
      world.complain(
        `another control plane is in charge (${String(held.facts?.['owner'] ?? 'unknown')}) until ${timeOfDay(expires)}; trying again`,
      );
    first ??= expires;
    await world.clock.sleep(millis(1_000), world.interrupted);
  }
}

/** What it waits for, and what to type. */
async function tellWhyHeld({ world, client, environment, place }: Call): Promise<void> {
  const status = await client.call(statusKey, { params: { environment } });
  const waits = status.ok ? (status.value.rollout?.waitsFor ?? null) : null;
  for (const line of heldLines(waits, place)) world.print(line);
}

/** What was declared and cannot run here, so that nobody looks for it. */
async function tellAbsent({ world, client, environment }: Call): Promise<void> {
  const status = await client.call(statusKey, { params: { environment } });
  for (const { name, sentence } of status.ok ? status.value.absent : [])
    world.print(`${name} is not here: ${sentence}`);
}

export function heldLines(waits: NonNullable<StatusView['rollout']>['waitsFor'], place: string): string[] {
  if (waits === null) return ['held; it has gone on meanwhile'];
  const needs = waits.needs.length > 1 ? waits.needs.map((need) => `  ${need}`) : [];
  const itself = waits.kind === 'evidence' ? ['It goes on by itself when the evidence comes.'] : [];
  const meanings: Readonly<Record<string, string>> = {
    promote: waits.kind === 'evidence' ? 'vouches for it' : 'lets it go on',
    approve: 'approves it',
    resume: 'lets it go on',
    abort: 'goes back',
  };
  const commands = waits.commands.map((command) => {
    const verb = command.split(' ')[1] ?? '';
    return `  ${`${command}${place}`.padEnd(44)}  ${meanings[verb] ?? ''}`.trimEnd();
  });
  return [`held: waits for ${waits.sentence}`, ...needs, ...itself, ...commands];
}
