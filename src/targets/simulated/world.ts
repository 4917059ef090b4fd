import type { Revision } from '#core/release';
import type { Service } from '#core/system';
import type { Random } from '#kernel';
import type { Capabilities, Target } from '#ports';
import { type BehaviourInput, type CheckBehaviour, greenCheck } from './behaviour.ts';
import { exponential } from './draws.ts';
import { createInfirmary, type Faults, noFaults } from './faults.ts';
import { crash, mend } from './life.ts';
import { replan, restartRouter, settle } from './load.ts';
import { answerAt } from './observe.ts';
import { createSite, lookUp, serviceOf } from './site.ts';
import type { Promises, Site, StopAsked, WorldClock, WorldState } from './state.ts';
import { buildOf, createTarget } from './target.ts';

export interface WorldOptions {
  readonly clock: WorldClock;
  /** The only source of chance: the same one brings about the same world. */
  readonly random: Random;
  readonly faults?: Partial<Faults>;
  /** How long an effect takes, on average. */
  readonly effectMillis?: number;
  /** Promises of targets that this one is to break. */
  readonly promises?: Partial<Promises>;
}

/** Everything outside the control plane: machines, router, users, and what goes wrong with them. */
export interface World {
  /** One environment; it is there as soon as it is named. */
  readonly environment: (name: string) => WorldEnvironment;
  /** A controller's way to an environment. */
  readonly target: (environment: string, can?: Partial<Capabilities>) => Target;
  /** Says how replicas and jobs behave, by service, build or revision; added to what was said before. */
  readonly behave: (name: string, behaviour: BehaviourInput) => void;
  readonly check: (name: string, behaviour: Partial<CheckBehaviour>) => void;
  /** The files of a service are changed: its next build differs. */
  readonly change: (service: string) => void;
  readonly build: (service: Service, sourceFolder: string) => Revision;
  /** From now on with these faults, and no others. */
  readonly disturb: (faults: Partial<Faults>) => void;
  /** No faults any more: what hangs goes on, what never came comes. Bad revisions stay bad. */
  readonly heal: () => void;
  /** Called before replicas are stopped; a sentence it returns becomes a violation of R9. */
  readonly onStop: (hook: (stop: StopAsked) => string | null) => void;
  /** What must never happen and did, as `<rule> <environment> at <time> ms: <what>`; at most 1,000. */
  readonly violations: readonly string[];
  /** Requests that nobody answered, those that a replica answered, and of the lost ones those that a table sent to nobody. */
  readonly lost: number;
  readonly answered: number;
  readonly lostByRouting: number;
  /** How much has happened, and a hash of all of it: equal seeds give equal ones. */
  readonly events: number;
  readonly fingerprint: () => string;
}

export interface WorldEnvironment {
  readonly load: (service: string, requestsPerSecond: number) => void;
  readonly jobs: (service: string, jobsPerSecond: number) => void;
  readonly queue: (service: string) => {
    readonly waiting: number;
    readonly arrived: number;
    readonly done: number;
  };
  /** Ends a replica unasked. */
  readonly crash: (replica: string) => void;
  readonly restartRouter: () => void;
  /** How often a job was begun. */
  readonly timesBegun: (job: string) => number;
  /** Gives jobs that wait for it the word to end, those to come too. */
  readonly letJobsEnd: () => void;
  /** The revision that answers a request at an address of an observation; null where nobody does. */
  readonly answerAt: (address: string) => string | null;
}

export function createWorld(options: WorldOptions): World {
  const { promises = {}, effectMillis = 60 } = options;
  const state: WorldState = {
    clock: options.clock,
    random: options.random,
    effectMillis,
    promises: { fences: true, remembers: true, ...promises },
    behaviours: new Map(),
    checks: new Map(),
    changes: new Map(),
    builds: new Set(),
    infirmary: createInfirmary(),
    sites: new Map(),
    violations: [],
    stopHooks: [],
    faults: noFaults,
    lost: 0,
    lostByRouting: 0,
    answered: 0,
    trace: 0x811c_9dc5,
    events: 0,
  };
  if (options.faults !== undefined) disturb(state, options.faults);
  const site = (name: string) => {
    const known = state.sites.get(name);
    if (known !== undefined) return known;
    const created = createSite(state, name);
    planRestart(created);
    state.sites.set(name, created);
    return created;
  };
  return {
    environment: (name) => environmentOf(site(name)),
    target: (name, can = {}) => createTarget(site(name), can),
    behave(name, behaviour) {
      const known = state.behaviours.get(name);
      const job = { ...known?.job, ...behaviour.job };
      state.behaviours.set(name, { ...known, ...behaviour, job });
      refresh(state);
    },
    check: (name, behaviour) => void state.checks.set(name, { ...greenCheck, ...behaviour }),
    change: (service) => void state.changes.set(service, (state.changes.get(service) ?? 0) + 1),
    build: (service, sourceFolder) => buildOf(state, service, sourceFolder),
    disturb: (faults) => disturb(state, faults),
    heal: () => heal(state),
    onStop: (hook) => void state.stopHooks.push(hook),
    violations: state.violations,
    get lost() {
      return state.lost;
    },
    get answered() {
      return state.answered;
    },
    get lostByRouting() {
      return state.lostByRouting;
    },
    get events() {
      return state.events;
    },
    fingerprint: () => state.trace.toString(16).padStart(8, '0'),
  };
}

function environmentOf(site: Site): WorldEnvironment {
  return {
    load(service, requestsPerSecond) {
      settle(site);
      serviceOf(site, service).requestsPerSecond = requestsPerSecond;
    },
    jobs(service, jobsPerSecond) {
      settle(site);
      serviceOf(site, service).jobsPerSecond = jobsPerSecond;
    },
    queue(service) {
      settle(site);
      return { ...serviceOf(site, service).queue };
    },
    crash(name) {
      settle(site);
      for (const { replicas, service } of site.revisions.values())
        for (const replica of replicas)
          if (replica.name === name) {
            crash(site, replica, site.world.clock.elapsed());
            replan(service);
          }
    },
    restartRouter() {
      settle(site);
      restartRouter(site, site.world.clock.elapsed());
    },
    timesBegun: (job) => site.jobs.get(job)?.attempts ?? 0,
    letJobsEnd: () => void (site.jobsMayEnd = true),
    answerAt: (address) => answerAt(site, address),
  };
}

/** Behaviour that was said later also holds for revisions that run already: from their next event on. */
function refresh(world: WorldState): void {
  for (const site of world.sites.values()) {
    settle(site);
    for (const each of site.revisions.values()) {
      each.behaviour = lookUp(world, each.revision);
      each.latencies = [];
    }
  }
}

function disturb(world: WorldState, faults: Partial<Faults>): void {
  for (const site of world.sites.values()) settle(site);
  world.faults = { ...noFaults, ...faults };
  for (const site of world.sites.values()) planRestart(site);
}

function heal(world: WorldState): void {
  for (const site of world.sites.values()) settle(site);
  world.faults = noFaults;
  for (const site of world.sites.values()) {
    planRestart(site);
    site.router.downUntil = Math.min(site.router.downUntil, world.clock.elapsed());
    for (const { replicas } of site.revisions.values()) for (const replica of replicas) mend(site, replica);
    for (const service of site.services.values()) replan(service);
  }
  world.infirmary.heal();
}

function planRestart({ world, router, random }: Site): void {
  router.restartAt = world.clock.elapsed() + exponential(random, world.faults.routerRestartEvery);
}

/** A controller's way to an environment of the world. */
export const simulatedTarget = (world: World, environment: string, can: Partial<Capabilities> = {}): Target =>
  world.target(environment, can);
