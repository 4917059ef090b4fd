import { fail, millis, ok, type Result, seconds } from '#kernel';
import { isRunning } from '#process';
import {
  endLeftovers,
  endServer,
  findHome,
  readState,
  startServer,
  writeState,
} from '../../supervisor/index.ts';
import type { Group } from './group.ts';

/**
 * Ends the primary for certain: one that hangs is not asked. SIGQUIT lets its children end with it; whatever is left of
 * them is killed. Failure: `store_not_stopped` (facts: store, pid).
 */
export async function endPrimary({ folder, ground }: Group): Promise<Result<null>> {
  const state = await readState(folder);
  if (!state.ok) return state;
  const { process } = state.value;
  const { clock, kind } = ground;
  if (process !== null) {
    const patience = millis(500);
    await endServer(process, { signals: ['SIGQUIT'], patience, clock, signal: new AbortController().signal });
    if (isRunning(process)) return fail('store_not_stopped', { store: kind.spec.name, pid: process.pid });
  }
  const home = await findHome(folder);
  if (home !== null) await endLeftovers(home, kind.programs, clock, seconds(10));
  await writeState(folder, { ...state.value, process: null, answered: false });
  return ok(null);
}

/** Restarts the primary where it is, within a time after which a standby is the better choice. */
export async function restartPrimary(group: Group, signal: AbortSignal): Promise<Result<null>> {
  const ended = await endPrimary(group);
  if (!ended.ok) return ended;
  const state = await readState(group.folder);
  if (!state.ok) return state;
  const started = await startServer(group.ground, state.value, signal);
  return started.ok ? ok(null) : started;
}
