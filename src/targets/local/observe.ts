import type { Observation, ReplicaView } from '#ports';
import { isRunning } from '#process';
import type { ReplicaRecord } from './book.ts';
import type { Session } from './session.ts';

/** What is there now: replicas and stores as last looked at by the watchers, the router asked in this moment. */
export async function observeSession(session: Session): Promise<Observation> {
  const router = await observeRouter(session);
  const replicas = session.book
    .state()
    .replicas.map((record) => session.supervisors.get(record.replica)?.view() ?? unwatched(record));
  return { at: session.options.clock.now(), replicas, stores: session.stores.views(), router };
}

async function observeRouter({ router, ports }: Session): Promise<Observation['router']> {
  const addresses = Object.fromEntries(
    Object.entries(ports?.ports ?? {}).map(([service, port]) => [service, `http://127.0.0.1:${port}`]),
  );
  const state = router?.isRunning() === true ? await router.state() : null;
  if (state === null || !state.ok) return { state: 'absent', acknowledged: 0, addresses, counts: [] };
  const { epoch, version, counts } = state.value;
  return {
    state: 'serving',
    acknowledged: version,
    addresses,
    counts: counts.map((count) => ({ ...count, epoch })),
  };
}

/** Before `open`, and after `release`: what is written down, and whether the process is there. */
function unwatched(record: ReplicaRecord): ReplicaView {
  const runs = record.process !== null && isRunning(record.process);
  const state = !runs ? 'stopped' : record.phase === 'serving' ? 'unready' : 'draining';
  return {
    replica: record.replica,
    service: record.service,
    revision: record.revision,
    state,
    readySince: null,
    crashes: record.crashes,
    detail: runs ? 'it runs, and nobody asks its probes' : 'it does not run',
    port: record.port,
    pid: runs ? (record.process?.pid ?? null) : null,
  };
}
