import { rm } from 'node:fs/promises';
import { ok, type Result, seconds } from '#kernel';
import type { EffectContext } from '#ports';
import { diskFailure } from './files.ts';
import { endJobs } from './job-end.ts';
import { endSides, eraseFormers } from './recovery.ts';
import { endReplicas, finishDrain, setPhase } from './removal.ts';
import { startRouterOf } from './router-start.ts';
import { endSession, type Session } from './session.ts';
import { goingOrder } from './victims.ts';

/** At the end of everything requests in flight get this long, whatever the services declare. */
const briefly = seconds(2);

/**
 * Ends an environment: jobs, services, those that need others before those others, then the router, then the stores. Data
 * stays unless `erase` says otherwise; snapshots, secrets and logs always stay. Failures: those of the parts.
 */
export async function closeEnvironment(
  session: Session,
  erase: boolean,
  context: EffectContext,
): Promise<Result<null>> {
  const { environment, replicas } = session.book.state();
  const jobs = await endJobs(session);
  if (!jobs.ok) return jobs;
  const order = goingOrder(environment?.services ?? []);
  const leftOver = [...new Set(replicas.map(({ service }) => service))].filter(
    (name) => !order.includes(name),
  );
  for (const service of [...leftOver, ...order]) {
    const stopped = await endService(session, service, context);
    if (!stopped.ok) return stopped;
  }
  const stores = environment?.stores ?? [];
  const isOpen = session.isOpen;
  await endSession(session);
  const late = await endJobs(session); // begun while the services went
  if (!late.ok) return late;
  const router = await endRouter(session, isOpen, context);
  if (!router.ok) return router;
  // A router that is started on an erased environment must not remember routes of before.
  // Nor outcomes of jobs: the keys of effects begin anew with the journal.
  for (const folder of erase ? [session.folders.router, session.folders.jobs] : []) {
    const forgotten = await removeFolder(folder);
    if (!forgotten.ok) return forgotten;
  }
  if (!isOpen) session.stores.know(stores);
  const closed = await session.stores.close(erase, context.signal);
  if (!closed.ok) return closed;
  const sides = await endSides(session, erase, context.signal);
  if (!sides.ok) return sides;
  const former = erase ? await eraseFormers(session) : ok(null);
  if (!former.ok) return former;
  return session.book.change((state) => ({ ...state, table: erase ? null : state.table }));
}

async function endService(session: Session, service: string, context: EffectContext): Promise<Result<null>> {
  const mine = () => session.book.state().replicas.filter((record) => record.service === service);
  const serving = mine().filter(({ phase }) => phase === 'serving' || phase === 'draining');
  const marked = await setPhase(session, serving, 'draining');
  if (!marked.ok) return marked;
  // What cannot be drained any more (the router is gone, a push fails) must not keep the rest from ending.
  for (const revision of new Set(serving.map((record) => record.revision)))
    await finishDrain(
      session,
      serving.filter((record) => record.revision === revision),
      briefly,
      context,
    );
  const stopping = await setPhase(session, mine(), 'stopping');
  return stopping.ok ? endReplicas(session, mine(), context.signal) : stopping;
}

/** A router that a controller before us left running is found again to be ended. */
async function endRouter(session: Session, isOpen: boolean, context: EffectContext): Promise<Result<null>> {
  if (!isOpen && session.router === null) {
    const found = await startRouterOf(session, context.signal);
    if (!found.ok) return found;
  }
  const stopped = session.router === null ? ok(null) : await session.router.stop();
  if (stopped.ok) [session.router, session.routerEpoch] = [null, null];
  return stopped;
}

async function removeFolder(folder: string): Promise<Result<null>> {
  try {
    await rm(folder, { recursive: true, force: true });
    return ok(null);
  } catch (reason) {
    return diskFailure(folder, reason);
  }
}
