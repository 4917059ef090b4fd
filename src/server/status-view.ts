import type { StatusView } from '#api';
import type { Release } from '#core/release';
import type { Environment } from '#core/system';
import type { Failure, Instant } from '#kernel';
import { currentOf, type Runner } from '#engine';
import { rolloutView } from './rollout-view.ts';

/** What runs now, as observed. */
export async function statusView(
  runner: Runner,
  system: string,
  now: Instant,
  explain: (failure: Failure) => string,
): Promise<StatusView> {
  const row = runner.ledger.environment;
  const active = runner.active();
  const observation = row.status === 'up' ? await runner.observation() : null;
  const number = currentOf(row);
  const release = number === null ? null : await runner.ledger.release(number);
  return {
    system,
    environment: row.name,
    target: runner.target.can.name,
    status: row.status,
    release: release === null ? null : releaseView(release),
    pinned: row.pinned,
    stuck: row.stuck,
    warm: row.warm !== null && row.warm.until > now ? row.warm : null,
    rollout: active === null ? null : rolloutView(active, explain),
    services: (row.environment?.services ?? []).map((service) => ({
      name: service.name,
      traffic: service.traffic,
      address: observation?.router.addresses[service.name] ?? null,
      wanted: service.replicas,
      replicas: (observation?.replicas ?? [])
        .filter((replica) => replica.service === service.name)
        .map(({ replica, revision, state, crashes, detail, port, pid }) => ({
          replica,
          revision,
          state,
          crashes,
          detail,
          port,
          pid,
        })),
    })),
    stores: observation?.stores ?? storesAtRest(row.environment),
    router: {
      state: observation?.router.state ?? 'absent',
      acknowledged: observation?.router.acknowledged ?? 0,
    },
  };
}

export function releaseView({ number, createdAt, by, note, source }: Release) {
  return { number, createdAt, by, note, source };
}

function storesAtRest(environment: Environment | null) {
  return (environment?.stores ?? []).map(({ name, kind }) => ({
    store: name,
    kind,
    state: 'stopped' as const,
    detail: null,
    address: null,
  }));
}
