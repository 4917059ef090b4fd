import type { Environment } from '#core/system';
import { fail, ok, type Result, seconds } from '#kernel';
import type { EffectContext } from '#ports';
import { isRunning, reasonStillTaken } from '#process';
import { adoptReplicas } from './adopt.ts';
import { sweepJobs } from './job-folder.ts';
import { decideRouterPorts } from './ports.ts';
import { startRouterOf } from './router-start.ts';
import type { Session } from './session.ts';
import { sweepSnapshots } from './sweep.ts';
import { watchSession } from './watcher.ts';

/**
 * Brings up what replicas stand on, finds again what runs, and begins to watch. Asked again it only adds what is
 * missing. Failures: `secret_missing`, `port_taken`, `edge_listen_failed` (facts: address, port, reason), those of the stores, of the router and of the disk.
 */
export async function openEnvironment(
  session: Session,
  environment: Environment,
  context: EffectContext,
): Promise<Result<null>> {
  const prepared = await session.secrets.prepare(environment.secrets);
  if (!prepared.ok) return prepared;
  const [stores, router] = await Promise.all([
    session.stores.ensure(environment.stores, context.signal),
    startRouterOf(session, context.signal, environment),
  ]);
  if (!stores.ok) return stores;
  if (!router.ok) return router;
  const ports = await decideRouterPorts({
    file: session.folders.ports,
    environment,
    routerHasTable: session.routerHasTable || session.publisher.acknowledged() > 0,
    mayMove: !session.book.state().replicas.some(({ process }) => process !== null && isRunning(process)),
    random: session.options.random,
  });
  if (!ports.ok) return ports;
  const edge = await edgeCanListen(session, environment);
  if (!edge.ok) return edge;
  session.ports = ports.value;
  const kept = await session.book.change((state) => ({ ...state, environment }));
  if (!kept.ok) return kept;

  const adopted = await adoptReplicas(session);
  if (!adopted.ok) return adopted;
  if (!session.isOpen) {
    await sweepJobs(session.folders.jobs, session.options.clock.now());
    await sweepSnapshots(session.folders.snapshots, session.options.clock.now());
    session.isOpen = true;
    session.background.push(...watchSession(session));
  }
  // A table without the adopted replicas would take them out of the router for a moment.
  const looked = Promise.all(adopted.value.map(({ firstLook }) => firstLook));
  const done = new AbortController();
  await Promise.race([looked, session.options.clock.sleep(seconds(3), done.signal)]);
  done.abort();
  return session.publisher.publish();
}

/**
 * The router opens the listeners of the edge with its first table, which a release brings: one that cannot be opened is told
 * here, while nothing depends on it. Those of a table that was kept are the router's own; should it not have them, it says so
 * when it is given that table again.
 */
async function edgeCanListen(session: Session, { edge }: Environment): Promise<Result<null>> {
  const { environment, table } = session.book.state();
  const known = table === null ? [] : (environment?.edge?.listen ?? []);
  for (const { address, port } of edge?.listen ?? []) {
    if (known.some((listen) => listen.address === address && listen.port === port)) continue;
    const reason = await reasonStillTaken(address, port, session.options.clock);
    if (reason !== null) return fail('edge_listen_failed', { address, port, reason });
  }
  return ok(null);
}
