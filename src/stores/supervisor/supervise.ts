import { after, fail, ok, type Result, seconds } from '#kernel';
import { isRunning } from '#process';
import type { EmbeddedStore, StoreBinding, StoreHealth } from '../contract.ts';
import { endServer } from './end.ts';
import { codeOf } from './files.ts';
import { eraseHome, findHome } from './home.ts';
import { endLeftovers } from './leftovers.ts';
import { type Ground, noteAnswer, notReady, startServer, waitForAnswer } from './start.ts';
import { readState, type ServerState, writeState } from './state.ts';
import { createTurns } from './turns.ts';

/** How long a server that runs already may be silent before it is taken for hung and restarted. */
const SILENCE = seconds(10);
/** Before the next signal of an orderly stop. */
const PATIENCE = seconds(15);

/**
 * Makes a store of one kind of server. All it knows is in the store's folder: whoever opens the folder next finds the
 * same server by its process number and start time, and continues with it. Besides the failures of starting:
 * `store_state_unreadable` (facts: file, reason), `store_folder_failed` (facts: store, folder, reason),
 * `store_still_running` (facts: store), `store_not_stopped` (facts: store, pid), when even SIGKILL does not end it.
 */
export function supervise(ground: Ground): EmbeddedStore {
  const inTurn = createTurns();
  const ask = <T>(task: () => Promise<Result<T>>) => inTurn(() => returningDiskFailures(ground, task));
  return {
    spec: ground.kind.spec,
    ensure: (signal) => ask(() => ensure(ground, signal)),
    health: () => health(ground),
    stop: (signal) => ask(() => stop(ground, signal)),
    erase: () => ask(() => erase(ground)),
  };
}

async function ensure(ground: Ground, signal: AbortSignal): Promise<Result<StoreBinding>> {
  const former = await readState(ground.folder);
  if (!former.ok) return former;
  const running =
    (await adopt(ground, former.value, signal)) ?? (await startServer(ground, former.value, signal));
  if (!running.ok) return running;
  const { access, note } = running.value;
  if (access === null) return fail('store_start_cancelled', { store: ground.kind.spec.name });
  const completed = await ground.kind.complete(access);
  if (!completed.ok) return completed;
  const binding = ground.kind.binding(access);
  return ok({ ...binding, address: withNote(binding.address, note) });
}

/** The server that runs already; null when there is none, or it had to be ended because it was silent for too long. */
async function adopt(
  ground: Ground,
  state: ServerState,
  signal: AbortSignal,
): Promise<Result<ServerState> | null> {
  const { folder, kind, clock } = ground;
  const answer = await waitForAnswer(ground, state, after(clock.now(), SILENCE), signal);
  switch (answer.state) {
    case 'ready':
      return ok(await noteAnswer(folder, state));
    case 'gone':
      return null;
    case 'starting': // reading back a large log takes as long as it takes: killing it would start that over
      return notReady(ground, answer);
    case 'failed':
      if (signal.aborted) return fail('store_start_cancelled', { store: kind.spec.name });
      return failureOf(await end(ground, state, signal));
  }
}

async function health(ground: Ground): Promise<StoreHealth> {
  const { folder, kind } = ground;
  const read = await returningDiskFailures(ground, () => readState(folder));
  if (!read.ok) return { state: 'failed', detail: String(read.error.facts['reason']) };
  const { process, access, answered, note } = read.value;
  if (process === null || access === null) return { state: 'stopped', detail: 'it is not running' };
  if (!isRunning(process)) return { state: 'failed', detail: 'its process has ended without being asked to' };
  const answer = await kind.ask(access);
  if (answer.state === 'ready') {
    return { state: 'ready', address: withNote(kind.binding(access).address, note) };
  }
  return { state: answered ? answer.state : 'starting', detail: answer.detail };
}

async function stop(ground: Ground, signal: AbortSignal): Promise<Result<null>> {
  const state = await readState(ground.folder);
  if (!state.ok) return state;
  const ended = await end(ground, state.value, signal);
  if (!ended.ok) return ended;
  if (state.value.process !== null) {
    await writeState(ground.folder, { ...state.value, process: null, answered: false });
  }
  return ok(null);
}

async function erase({ folder, kind }: Ground): Promise<Result<null>> {
  const state = await readState(folder);
  const running = state.ok && state.value.process !== null && isRunning(state.value.process);
  if (running) return fail('store_still_running', { store: kind.spec.name });
  await eraseHome(folder);
  return ok(null);
}

async function end(
  { folder, kind, clock }: Ground,
  { process }: ServerState,
  signal: AbortSignal,
): Promise<Result<null>> {
  if (process !== null) {
    await endServer(process, { signals: kind.stopSignals, patience: PATIENCE, clock, signal });
    if (isRunning(process)) return fail('store_not_stopped', { store: kind.spec.name, pid: process.pid });
  }
  const home = await findHome(folder);
  if (home !== null) await endLeftovers(home, kind.programs, clock, PATIENCE);
  return ok(null);
}

const failureOf = (result: Result<unknown>) => (result.ok ? null : result);

const withNote = (address: string, note: string | null) => (note === null ? address : `${address} (${note})`);

/** What the operating system refuses (a full disk, a folder that is read-only) is a failure, not an exception. */
export async function returningDiskFailures<T>(
  { folder, kind }: { readonly folder: string; readonly kind: Pick<Ground['kind'], 'spec'> },
  task: () => Promise<Result<T>>,
): Promise<Result<T>> {
  try {
    return await task();
  } catch (reason) {
    if (!(reason instanceof Error) || !/^E(?!RR_)/.test(codeOf(reason))) throw reason;
    return fail('store_folder_failed', { store: kind.spec.name, folder, reason: reason.message });
  }
}
