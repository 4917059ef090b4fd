import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment, RouterName } from '#core/system';
import { fail, ok, type Result, seconds } from '#kernel';
import { endProcess, isRunning } from '#process';
import type { RouterWish, Session } from './session.ts';

/**
 * Starts the router that is wanted, or finds it again, unless this session has it running. One of the other kind that still
 * runs is ended first: both would want the same ports. Failures: `router_kind_missing` (facts: router), and those of the
 * router. `environment`: says from now on which kind is wanted.
 */
export function startRouterOf(
  session: Session,
  signal: AbortSignal,
  environment: Environment | null = null,
): Promise<Result<null>> {
  const { wanted, present } = session.routerKind;
  const declared = environment ?? session.book.state().environment;
  // Whoever looks after the router meanwhile must not bring the former kind back.
  const wish = environment === null ? (wanted ?? wishOf(declared)) : wishOf(environment);
  session.routerKind = { wanted: wish, present };
  return session.inTurn(' router', () => start(session, signal));
}

const wishOf = (environment: Environment | null): RouterWish => ({
  kind: environment?.router ?? 'builtin',
  workers: environment?.routerWorkers ?? 1,
});

async function start(session: Session, signal: AbortSignal): Promise<Result<null>> {
  const { wanted, present } = session.routerKind;
  const wish = wanted ?? wishOf(null);
  const { kind, workers } = wish;
  const isThere = present?.kind === kind && present.workers >= workers;
  if (session.router?.isRunning() === true && isThere) return ok(null);
  const { router, haproxy, clock, random } = session.options;
  const starter = kind === 'haproxy' ? haproxy : router;
  if (starter === undefined) return fail('router_kind_missing', { router: kind });
  await endOther(session, kind);
  // The signal bounds the start only: the router itself lives on when the one who asked for it goes.
  const starting = new AbortController();
  const giveUp = () => starting.abort();
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  const folder = folderOf(session, kind);
  const started = await starter({ folder, workers, clock, random, signal: starting.signal });
  signal.removeEventListener('abort', giveUp);
  if (!started.ok) return started;
  const state = await started.value.state();
  if (!state.ok) return state;
  session.router = started.value;
  session.routerKind = { ...session.routerKind, present: wish };
  session.routerEpoch = state.value.epoch;
  session.routerHasTable = state.value.version > 0;
  session.publisher.forget();
  return ok(null);
}

/** HAProxy has a folder within the router's: what erases the one erases the other. */
const folderOf = ({ folders }: Session, kind: RouterName) =>
  kind === 'haproxy' ? join(folders.router, 'haproxy') : folders.router;

const endings = {
  builtin: { record: 'router.json', first: 'SIGTERM' },
  haproxy: { record: 'haproxy.json', first: 'SIGUSR1' }, // its requests to their end
} as const;

/** A router that nobody started here is no failure. What it cannot end it leaves: then the ports are told as taken. */
async function endOther(session: Session, kind: RouterName): Promise<void> {
  const other = kind === 'haproxy' ? 'builtin' : 'haproxy';
  const { record, first } = endings[other];
  const text = await readFile(join(folderOf(session, other), record), 'utf8').catch(() => 'null');
  const { pid, started } = (JSON.parse(text) ?? {}) as { pid?: unknown; started?: unknown };
  if (typeof pid !== 'number' || typeof started !== 'string' || !isRunning({ pid, started })) return;
  const { clock } = session.options;
  await endProcess({ pid, started }, { grace: seconds(13), clock, first });
}
