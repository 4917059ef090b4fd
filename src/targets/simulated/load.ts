import { poisson } from '#core/power';
import { binomial, exponential } from './draws.ts';
import { addAnswers, type Latencies, latenciesOf } from './latency.ts';
import { liveOn } from './life.ts';
import {
  type ArmState,
  note,
  type Replica,
  type RevisionState,
  readyCount,
  type ServiceState,
  type Site,
} from './state.ts';

const never = Number.POSITIVE_INFINITY;
/** What the router is away when it has ended unasked, on average. */
const routerAbsence = 800;

/**
 * Brings the environment up to now: replicas live on, requests are answered, jobs are done. Nothing happens one by one:
 * between two changes of state the load is drawn at once, so that a look costs the same after a second and after a day.
 */
export function settle(site: Site): void {
  const now = site.world.clock.elapsed();
  const { router } = site;
  while (router.restartAt <= now) {
    settleServices(site, router.restartAt);
    restartRouter(site, router.restartAt);
  }
  settleServices(site, now);
}

export function restartRouter(site: Site, at: number): void {
  const { router, world } = site;
  router.epoch += 1;
  router.downUntil = at + exponential(site.random, routerAbsence);
  router.restartAt = router.downUntil + exponential(site.random, world.faults.routerRestartEvery);
  for (const state of site.revisions.values()) {
    Object.assign(state.counts, { requests: 0, failures: 0 });
    state.counts.buckets.fill(0);
  }
  note(site, `router restarted ${router.epoch}`);
}

function settleServices(site: Site, now: number): void {
  for (const service of site.services.values()) {
    while (service.nextAt <= now) {
      const at = service.nextAt;
      serve(site, service, at);
      liveThrough(site, service, at);
    }
    serve(site, service, now);
  }
}

function liveThrough(site: Site, service: ServiceState, at: number): void {
  let next = never;
  for (const { replicas } of service.revisions)
    for (const replica of replicas) {
      while (replica.nextAt <= at) liveOn(site, replica);
      if (replica.nextAt < next) next = replica.nextAt;
    }
  service.nextAt = next;
}

/** To be called when replicas were added, changed or taken away by hand. */
export function replan(service: ServiceState): void {
  service.nextAt = never;
  for (const { replicas } of service.revisions)
    for (const { nextAt } of replicas) service.nextAt = Math.min(service.nextAt, nextAt);
}

/** Requests and jobs of a span in which no replica changes its state. */
function serve(site: Site, service: ServiceState, until: number): void {
  const from = service.settledAt;
  if (until <= from) return;
  service.settledAt = until;
  const seconds = (until - from) / 1_000;
  if (service.jobsPerSecond > 0 || service.queue.waiting > 0) work(service, seconds);
  if (service.requestsPerSecond <= 0 || service.arms.length === 0) return;
  const { router, world } = site;
  const { random } = service;
  // A router that is away for a part of the span loses that part.
  const away = Math.max(0, Math.min(until, router.downUntil) - from) / (until - from);
  const requests = poisson(random, service.requestsPerSecond * seconds);
  const lost = binomial(random, requests, away);
  world.lost += lost;
  split(site, service, requests - lost, seconds * (1 - away));
}

function split(site: Site, service: ServiceState, requests: number, seconds: number): void {
  let left = requests;
  let weight = 100;
  for (const arm of service.arms) {
    if (arm.weight <= 0 || left === 0) continue;
    const here = binomial(service.random, left, arm.weight / weight);
    weight -= arm.weight;
    left -= here;
    if (here > 0) answer(site, arm, here, seconds);
  }
}

function answer({ world }: Site, arm: ArmState, requests: number, seconds: number): void {
  const state = arm.revision;
  const ready = state === null ? 0 : readyCount(state);
  if (state === null || ready === 0) {
    world.lost += requests;
    if (arm.forsaken) world.lostByRouting += requests;
    if (state !== null) state.counts.requests += requests;
    if (state !== null) state.counts.failures += requests;
    return;
  }
  arm.forsaken = false;
  const { behaviour, counts, service } = state;
  const most = behaviour.capacity === null ? requests : Math.round(ready * behaviour.capacity * seconds);
  const answered = Math.min(requests, most);
  counts.requests += requests;
  const failed = binomial(service.random, answered, behaviour.errorShare);
  counts.failures += requests - answered + failed;
  addAnswers(service.random, counts.buckets, answered - failed, latenciesNow(state, service.settledAt));
  world.answered += answered;
}

/** Each step of slowness is half as slow again as the one before. */
const slower = 1.5;
const slowest = 6;

function latenciesNow(state: RevisionState, now: number): Latencies {
  const step = state.behaviour.leakAfter === null ? 0 : leakStep(state, state.behaviour.leakAfter, now);
  return (state.latencies[step] ??= latenciesAt(state, slower ** step));
}

function latenciesAt({ behaviour }: RevisionState, factor: number): Latencies {
  return latenciesOf({
    medianMillis: behaviour.latencyMillis * factor,
    spread: behaviour.latencySpread,
    slowShare: behaviour.slowShare,
    slowMillis: behaviour.slowMillis * factor,
  });
}

/** Over the second half of its life a leaking replica gets slower, evenly in these steps. */
function leakStep({ replicas }: RevisionState, leakAfter: number, now: number): number {
  const serving = replicas.filter(({ run }) => run === 'ready');
  const ages = serving.map(({ readyAt }) => Math.max(0, (2 * (now - readyAt)) / leakAfter - 1));
  const age = ages.reduce((sum, each) => sum + each, 0) / Math.max(1, ages.length);
  return Math.min(slowest, Math.floor(age * (slowest + 1)));
}

/** Jobs come at their rate and are done at the rate of those that take them. */
function work(service: ServiceState, seconds: number): void {
  const { queue, random } = service;
  const arrived = poisson(random, service.jobsPerSecond * seconds);
  queue.arrived += arrived;
  queue.waiting += arrived;
  let perSecond = 0;
  for (const { replicas, behaviour, revision } of service.revisions)
    for (const replica of replicas)
      if (worksNow(replica, revision.spec.consumer !== null)) perSecond += 1_000 / behaviour.jobMillis;
  const done = Math.min(queue.waiting, poisson(random, perSecond * seconds));
  queue.done += done;
  queue.waiting -= done;
}

/** A service that cannot be told to pause works as soon as it is ready. */
const worksNow = (replica: Replica, canPause: boolean): boolean =>
  replica.run === 'ready' && (canPause ? replica.consuming : replica.phase === 'serving');
