import type { StatusView, StepRequest } from '#api';
import { fail, millis } from '#kernel';
import { act, type Call, statusKey } from './actions.ts';
import { complain, exitCodes } from './exit.ts';
import { momentText } from './moment.ts';
import { fittingFlags, type RecoverFlags } from './recover-flags.ts';
import { keepStep, probeUntilGreen } from './recover-steps.ts';
import { startWalk, type StepEnd, type Walk } from './recover-walk.ts';
import type { LostMachine, World } from './world.ts';

export interface MachineFlags extends RecoverFlags {
  readonly env?: string;
  readonly json?: boolean;
}

/** Finds the control plane of the folder that was brought back. */
export type CallIn = (
  folder: string,
  environment: string,
  act: (call: Call) => Promise<number>,
) => Promise<number>;

/**
 * Brings a system back into an empty folder from the off-site place alone: folder, secrets, journal, snapshots, stores. It
 * needs no control plane until the end; the evidence of the steps is kept when there is one.
 */
export async function recoverMachine(
  world: World,
  folder: string,
  flags: MachineFlags,
  callIn: CallIn,
): Promise<number> {
  const json = flags.json === true;
  const fitting = fittingFlags('machine-lost', flags);
  if (!fitting.ok) return complain(world, { failure: fitting.error }, json);
  if (flags.from === undefined || flags.key === undefined)
    return complain(world, { failure: fail('machine_lost_incomplete').error }, json);
  const evidence: StepRequest[] = [];
  const keep: { send: ((request: StepRequest) => Promise<void>) | null } = { send: null };
  const walk = startWalk({
    world,
    scenario: 'machine-lost',
    json,
    yes: flags.yes === true,
    keep: async (request) => {
      if (keep.send === null) evidence.push(request);
      else await keep.send(request);
      return null;
    },
  });
  const machine = await bringBack(walk, world, folder, { ...flags, from: flags.from, key: flags.key });
  if (machine === null)
    return walk.end(
      world.isFolder(folder)
        ? [
            `What was brought back until now lies in ${folder}. Remove it, or name another empty folder, then try again.`,
          ]
        : [],
    );
  return callIn(folder, machine.environment, async (call) => {
    keep.send = async (request) => {
      await keepStep(call, request);
    };
    for (const request of evidence) await keep.send(request);
    const up = await walk.step('bring the environment up', () => bringUp(call));
    if (up === null) return walk.end();
    await walk.step("ask the system's checks", () => probeUntilGreen(call));
    return walk.end([
      `Copies go where FAIRWAY_BACKUP_TO or the definition says; set it again if it stood in the environment of the lost machine.`,
      `The key was copied to ${machine.keyFile}; keep the other copy of it.`,
      `"fairway recovery${call.place}" shows what is kept from now on; point the name and the address of the system at this machine.`,
    ]);
  });
}

interface Given {
  readonly from: string;
  readonly key: string;
  readonly env?: string;
  readonly json?: boolean;
}

/** All of it that needs no control plane; null: it went wrong, and was said. */
async function bringBack(
  walk: Walk,
  world: World,
  folder: string,
  flags: Given,
): Promise<LostMachine | null> {
  const now = () => world.clock.now();
  const machine = await walk.step(
    `open ${flags.from} with the key`,
    async (): Promise<StepEnd<LostMachine>> => {
      const { from: place, key: keyFile, env: environment = null } = flags;
      const opened = await world.lostMachine({ folder, place, keyFile, environment });
      if (!opened.ok) return { result: 'failed', refusal: { failure: opened.error } };
      const { system, environment: name, stores, newest } = opened.value;
      const detail = `${system} / ${name}, the newest copy of ${momentText(newest, now())}, stores ${stores.join(', ') || 'none'}`;
      return { result: 'done', value: opened.value, detail };
    },
  );
  if (machine === null) return null;
  const progress = (text: string) => {
    if (world.terminal && !flags.json) world.progress(text);
  };
  const own = await walk.step(
    "bring back the system's folder, its secrets, journal and snapshots",
    async () => {
      const brought = await machine.bringOwn(world.interrupted, progress);
      if (!brought.ok) return { result: 'failed', refusal: { failure: brought.error } };
      return {
        result: 'done',
        value: true as const,
        detail: brought.value.join(', '),
      };
    },
  );
  if (own === null) return null;
  for (const store of machine.stores) {
    const brought = await walk.step(`restore ${store} to the latest`, async () => {
      const restored = await machine.bringStore(store, world.interrupted, progress);
      if (!restored.ok) return { result: 'failed', refusal: { failure: restored.error } };
      const { reached, pieces } = restored.value;
      const log = pieces === 0 ? '' : `, ${pieces} pieces of its log replayed`;
      const moment = reached === null ? 'to the moment of the copy' : `to ${momentText(reached, now())}`;
      return { result: 'done', value: true as const, detail: `${moment}${log}` };
    });
    if (brought === null) return null;
  }
  const packages = await walk.step('install the packages of the system', async () => {
    const installed = await machine.installPackages(world.interrupted);
    if (!installed.ok) return { result: 'failed', refusal: { failure: installed.error } };
    return { result: 'done', value: true as const, detail: installed.value };
  });
  return packages === null ? null : machine;
}

/**
 * The control plane goes on from the journal by itself: it starts what served, or ends the rollout that was under way. That is
 * waited for; then what is declared is made sure of.
 */
async function bringUp(call: Call): Promise<StepEnd<true>> {
  const { world, client, environment } = call;
  for (let tries = 0; tries < settleTries && !world.interrupted.aborted; tries++) {
    const status = await client.call(statusKey, { params: { environment } });
    if (status.ok && isSettled(status.value)) break;
    await world.clock.sleep(millis(1_000), world.interrupted);
  }
  const quiet = call.json ? { ...world, print: () => {} } : world;
  const ends = { ends: 'environment', wait: true } as const;
  const exit = await act({ ...call, world: quiet }, 'up', { note: 'machine lost' }, ends);
  if (exit !== exitCodes.done) return { result: 'failed', exit };
  return { result: 'done', value: true, detail: 'stores, router and services run' };
}

const settleTries = 120;

const isSettled = ({ status, rollout, services }: StatusView) =>
  status === 'down' ||
  (rollout === null &&
    services.every(
      ({ wanted, replicas }) => replicas.filter(({ state }) => state === 'ready').length >= wanted,
    ));
