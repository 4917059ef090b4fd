import type { StatusView, WarningView } from '#api';
import type { Release } from '#core/release';
import type { AbsentService, Environment } from '#core/system';
import type { Failure, Instant } from '#kernel';
import { currentOf } from '#engine';
import type { Reading } from './reading.ts';
import { rolloutView } from './rollout-view.ts';

/** What runs now, as observed. */
export async function statusView(
  reading: Reading,
  system: string,
  now: Instant,
  explain: (failure: Failure) => string,
  recovery: readonly WarningView[] = [],
): Promise<StatusView> {
  const { runner, row, active, charge } = reading;
  const observation = await reading.observe();
  const isSeenFromAfar = charge !== null && !charge.ours;
  const number = currentOf(row);
  const release = number === null ? null : await runner.ledger.release(number);
  const queued = row.queued === null ? null : await runner.ledger.release(row.queued.release);
  return {
    system,
    environment: row.name,
    target: runner.target.can.name,
    status: row.status,
    release: release === null ? null : releaseView(release),
    pinned: row.pinned,
    stuck: row.stuck,
    warm: row.warm !== null && row.warm.until > now ? row.warm : null,
    queued: queued === null ? null : { release: queued.number, by: queued.by, note: queued.note },
    contracts: row.contracts.toSorted((a, b) => a.notBefore - b.notBefore),
    contracted: row.contracted,
    inCharge: charge !== null && charge.until > now ? charge : null,
    rollout: active === null ? null : rolloutView(active, explain, observation?.router.previews),
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
          // Only who is in charge asks probes.
          state: isSeenFromAfar ? 'unknown' : state,
          crashes,
          detail: isSeenFromAfar ? null : detail,
          port,
          pid,
        })),
    })),
    stores: observation?.stores ?? storesAtRest(row.environment),
    absent: (row.environment?.absent ?? []).map(absentView),
    router: {
      state: observation?.router.state ?? 'absent',
      acknowledged: observation?.router.acknowledged ?? 0,
    },
    recovery: recovery.slice(0, shownWarnings),
  };
}

/** All of them are told by "fairway recovery". */
const shownWarnings = 2;

export function releaseView({ number, createdAt, by, note, source }: Release) {
  return { number, createdAt, by, note, source };
}

export function absentView({ name, why, by }: AbsentService) {
  const sentence =
    why === 'image'
      ? `it is the image ${by}, and no containers run here: do without it, or use a target with containers`
      : `${by} hosts it, and nothing here can run it`;
  return { name, sentence };
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
