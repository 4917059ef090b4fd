import { bucketCount } from '#core/gate';
import type { Revision } from '#core/release';
import { seededRandom } from '#kernel';
import { behaviourOf } from './behaviour.ts';
import { seedFrom } from './draws.ts';
import { createMemory } from './memory.ts';
import type { RevisionState, RouterState, ServiceState, Site, WorldState } from './state.ts';

const noAnswers: readonly number[] = Array.from({ length: bucketCount }, () => 0);

/** An environment in which nothing is yet. */
export function createSite(world: WorldState, name: string): Site {
  return {
    world,
    name,
    random: seededRandom(seedFrom(world.random)),
    revisions: new Map(),
    services: new Map(),
    router: createRouter(),
    done: createMemory(5_000),
    runs: createMemory(500),
    running: new Set(),
    locks: new Map(),
    jobs: new Map(),
    finished: new Map(),
    purposes: new Map(),
    schema: { expanded: 0, contracted: 0 },
    log: [],
    declared: null,
    addresses: null,
    stores: [],
    jobsMayEnd: false,
    highest: 0,
    changed: 0,
    born: 0,
    logged: 0,
  };
}

function createRouter(): RouterState {
  return {
    state: 'absent',
    wanted: null,
    acknowledged: null,
    pushed: Promise.resolve(),
    overtaken: new AbortController(),
    epoch: 1,
    downUntil: 0,
    restartAt: Number.POSITIVE_INFINITY,
  };
}

export function serviceOf(site: Site, name: string): ServiceState {
  const known = site.services.get(name);
  if (known !== undefined) return known;
  const service: ServiceState = {
    name,
    random: seededRandom(seedFrom(site.random)),
    revisions: [],
    arms: [],
    requestsPerSecond: 0,
    jobsPerSecond: 0,
    queue: { waiting: 0, arrived: 0, done: 0 },
    settledAt: site.world.clock.elapsed(),
    nextAt: Number.POSITIVE_INFINITY,
  };
  site.services.set(name, service);
  return service;
}

export function stateOf(site: Site, revision: Revision): RevisionState {
  const known = site.revisions.get(revision.id);
  if (known !== undefined) return known;
  const service = serviceOf(site, revision.service);
  const state: RevisionState = {
    revision,
    service,
    replicas: [],
    behaviour: lookUp(site.world, revision),
    latencies: [],
    seenReady: 0,
    active: null,
    counts: { requests: 0, failures: 0, buckets: Array.from(noAnswers) },
  };
  site.revisions.set(revision.id, state);
  service.revisions.push(state);
  return state;
}

/** Behaviour is found by service, by build and by revision; what is named more closely wins. */
export function lookUp({ behaviours }: WorldState, { service, build, id }: Revision) {
  return behaviourOf([behaviours.get(service), behaviours.get(build), behaviours.get(id)]);
}

/** A revision without replicas and without a place in the table is forgotten. */
export function forgetIdle(site: Site): void {
  for (const [id, state] of site.revisions) {
    const { service } = state;
    if (state.replicas.length > 0 || service.arms.some((arm) => arm.id === id)) continue;
    site.revisions.delete(id);
    service.revisions.splice(service.revisions.indexOf(state), 1);
  }
}
