import type { RouteTable } from '#core/release';
import type { Observation, ReplicaView } from '#ports';
import { isRunning } from '#process';
import type { ReplicaRecord } from './book.ts';
import { previewPorts } from './endpoints.ts';
import { mergedCounts, unreadIn } from './measuring.ts';
import type { Session } from './session.ts';

/**
 * What is there now: replicas and stores as last looked at by the watchers, the router asked in this moment, and counts of
 * services that tell their own as last read.
 */
export async function observeSession(session: Session): Promise<Observation> {
  const [router, readings] = await Promise.all([
    observeRouter(session),
    session.measuring.read(session.book, session.watching.signal),
  ]);
  const counts = mergedCounts(session.book, router.counts, readings);
  const replicas = session.book
    .state()
    .replicas.map((record) => session.supervisors.get(record.replica)?.view() ?? unwatched(session, record));
  return {
    at: session.options.clock.now(),
    replicas,
    stores: session.stores.views(),
    unread: unreadIn(readings),
    router: { ...router, counts },
  };
}

async function observeRouter({ router, ports, book }: Session): Promise<Observation['router']> {
  const addresses = addressesOf(Object.entries(ports?.ports ?? {}));
  const state = router?.isRunning() === true ? await router.state() : null;
  if (state === null || !state.ok)
    return { state: 'absent', acknowledged: 0, addresses, previews: {}, counts: [] };
  const { epoch, version, counts } = state.value;
  return {
    state: 'serving',
    acknowledged: version,
    addresses,
    previews: previewsOf(book.state().table, version, ports?.previews ?? {}),
    counts: counts.map((count) => ({ ...count, epoch })),
  };
}

const addressesOf = (ports: readonly (readonly [string, number])[]) =>
  Object.fromEntries(ports.map(([service, port]) => [service, `http://127.0.0.1:${port}`]));

/** Where a canary is to be had: the router has acknowledged a table in which the service has one. */
function previewsOf(
  table: RouteTable | null,
  acknowledged: number,
  ports: Readonly<Record<string, number>>,
): Readonly<Record<string, string>> {
  if (table === null || acknowledged < table.version) return {};
  return addressesOf(Object.entries(previewPorts(table, ports)));
}

/** Before `open`, and after `release`: what is written down, and whether the process is there. */
function unwatched({ book }: Session, record: ReplicaRecord): ReplicaView {
  const consumer = book.state().revisions[record.revision]?.spec.consumer ?? null;
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
    consuming: consumer === null ? null : runs && record.role === 'active',
  };
}
