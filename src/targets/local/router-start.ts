import { ok, type Result } from '#kernel';
import type { Session } from './session.ts';

/** Starts the router, or finds it again, unless this session has one that runs. */
export async function startRouterOf(session: Session, signal: AbortSignal): Promise<Result<null>> {
  if (session.router?.isRunning() === true) return ok(null);
  const { router, clock, random } = session.options;
  // The signal bounds the start only: the router itself lives on when the one who asked for it goes.
  const starting = new AbortController();
  const giveUp = () => starting.abort();
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  const folder = session.folders.router;
  const started = await router({ folder, clock, random, signal: starting.signal });
  signal.removeEventListener('abort', giveUp);
  if (!started.ok) return started;
  const state = await started.value.state();
  if (!state.ok) return state;
  session.router = started.value;
  session.routerEpoch = state.value.epoch;
  session.routerHasTable = state.value.version > 0;
  session.publisher.forget();
  return ok(null);
}
