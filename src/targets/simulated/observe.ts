import type { Counts } from '#core/gate';
import type { Observation, ReplicaView, StoreView } from '#ports';
import { settle } from './load.ts';
import { type ArmState, type Replica, readyCount, type ServiceState, type Site } from './state.ts';

/** What is there now; the load up to this moment has been answered before it is told. */
export function observeSite(site: Site): Observation {
  settle(site);
  const { clock } = site.world;
  const replicas: ReplicaView[] = [];
  const counts: Counts[] = [];
  const serving = site.router.state === 'serving' && site.router.downUntil <= clock.elapsed();
  const epoch = `${site.name}-${site.router.epoch}`;
  for (const state of site.revisions.values()) {
    state.seenReady = readyCount(state);
    for (const replica of state.replicas) replicas.push((replica.view ??= viewOf(replica)));
    if (serving && state.counts.requests > 0)
      counts.push({
        service: state.revision.service,
        revision: state.revision.id,
        epoch,
        requests: state.counts.requests,
        failures: state.counts.failures,
        buckets: [...state.counts.buckets],
        replicas: [],
      });
  }
  const { addresses, previews } = (site.addresses ??= addressesOf(site));
  return {
    at: clock.now(),
    replicas,
    stores: storesOf(site),
    unread: [],
    router: {
      state: serving ? 'serving' : 'absent',
      acknowledged: serving ? (site.router.acknowledged?.version ?? 0) : 0,
      addresses,
      previews,
      counts: serving ? counts : [],
    },
  };
}

function viewOf(replica: Replica): ReplicaView {
  const { revision } = replica.of;
  const state = replica.phase === 'serving' ? replica.run : 'draining';
  return {
    replica: replica.name,
    service: revision.service,
    revision: revision.id,
    state,
    readySince: state === 'ready' ? replica.readySince : null,
    crashes: replica.crashes,
    detail: detailOf(replica),
    port: replica.port,
    pid: replica.run === 'backingOff' ? null : replica.pid,
    consuming: revision.spec.consumer === null ? null : replica.consuming,
  };
}

function detailOf({ phase, run, of, stuck }: Replica): string | null {
  if (phase !== 'serving' || run === 'ready') return null;
  if (run === 'backingOff') return 'it ended with exit code 1';
  if (run === 'unready') return 'its readiness probe answered 503';
  if (of.behaviour.neverReady) return 'its readiness probe answers 503';
  return stuck ? 'it waits for its disk' : 'nothing listens on its port yet';
}

const nowhere = { addresses: {}, previews: {} } as const;
const firstPort = 41_000;

function addressesOf(site: Site): Pick<Observation['router'], 'addresses' | 'previews'> {
  if (site.declared === null) return nowhere;
  const addresses: Record<string, string> = {};
  const previews: Record<string, string> = {};
  let port = firstPort;
  for (const service of site.services.values()) {
    port += 2;
    if (service.arms.length === 0) continue;
    addresses[service.name] = `http://127.0.0.1:${port}`;
    if (hasPreview(service)) previews[service.name] = `http://127.0.0.1:${port + 1}`;
  }
  return { addresses, previews };
}

/** Who answers a request there: at a preview the canary, else one arm by its weight. */
export function answerAt(site: Site, address: string): string | null {
  const { router } = observeSite(site);
  for (const { name, arms, random } of site.services.values()) {
    if (router.previews[name] === address) return answering(arms.find(({ role }) => role === 'canary'));
    if (router.addresses[name] !== address) continue;
    let left = random() * 100;
    return answering(arms.find(({ weight }) => (left -= weight) < 0));
  }
  return null;
}

const answering = (arm: ArmState | undefined): string | null =>
  arm !== undefined && arm.revision !== null && readyCount(arm.revision) > 0 ? arm.id : null;

const hasPreview = ({ arms }: ServiceState): boolean =>
  arms.some(({ role, weight }) => role === 'canary' && weight < 100);

function storesOf({ declared, stores }: Site): readonly StoreView[] {
  const state = declared === null ? 'stopped' : 'ready';
  return stores.map(({ name, kind }) => ({ store: name, kind, state, detail: null, address: null }));
}
