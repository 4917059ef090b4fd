import { seconds } from '#kernel';
import { rotateLog } from './rotation.ts';
import { startRouterOf } from './router-start.ts';
import { memoryByGroup } from './rss.ts';
import { endSession, type Session } from './session.ts';
import { inMebibytes } from './text.ts';

/** What goes on beside the replicas' own supervisors, until the session ends. */
export function watchSession(session: Session): readonly Promise<void>[] {
  const { signal } = session.watching;
  return [
    session.stores.watch(signal),
    every(session, 1, () => watchOwnership(session)),
    every(session, 1, () => watchRouter(session)),
    every(session, 1, async () => session.conductor.nudge()),
    every(session, 1, () => watchMemory(session)),
    every(session, 5, () => rotateLogs(session)),
  ];
}

async function every(session: Session, interval: number, work: () => Promise<void>): Promise<void> {
  const { signal } = session.watching;
  while (!signal.aborted) {
    await session.options.clock.sleep(seconds(interval), signal);
    if (!signal.aborted) await work();
  }
}

/** A controller that has been replaced must not restart anything any more (R6). */
async function watchOwnership(session: Session): Promise<void> {
  const ours = await session.book.stillOurs();
  if (ours.ok || ours.error.code !== 'fenced') return;
  session.watching.abort();
  // Not awaited here: the end of the session waits for this very loop.
  void endSession(session);
}

/** The router is started again when it died, and told its table again when it began anew. */
async function watchRouter(session: Session): Promise<void> {
  const { router, watching } = session;
  if (router === null || !router.isRunning()) {
    const started = await startRouterOf(session, watching.signal);
    if (started.ok) session.publisher.nudge();
    return;
  }
  const state = await router.state();
  if (state.ok && state.value.epoch !== session.routerEpoch) {
    session.routerEpoch = state.value.epoch;
    session.publisher.forget();
  }
  session.publisher.nudge();
}

/** Where the kernel does not hold the limit, we look once a second and end what is above it. */
async function watchMemory(session: Session): Promise<void> {
  if (session.limits.memory !== 'watched') return;
  const { revisions, replicas } = session.book.state();
  const limited = replicas.flatMap(({ replica, revision, process }) => {
    const limit = revisions[revision]?.spec.resources.memory ?? null;
    return limit === null || process === null ? [] : [{ replica, limit, pid: process.pid }];
  });
  if (limited.length === 0) return;
  const used = await memoryByGroup();
  for (const { replica, limit, pid } of limited) {
    const bytes = used.get(pid) ?? 0;
    if (bytes <= limit) continue;
    const sentence = `it used ${inMebibytes(bytes)}, more than its ${inMebibytes(limit)} of memory, and was killed`;
    session.supervisors.get(replica)?.condemn(sentence);
  }
}

async function rotateLogs(session: Session): Promise<void> {
  const { replicas } = session.book.state();
  const logs = replicas.map(({ service, replica }) => session.folders.log(service, replica));
  for (const log of [...logs, ...session.jobLogs]) await rotateLog(log).catch(() => false);
}
