import type { Revision, RouteTable } from '#core/release';
import type { Environment, Job, StoreSpec } from '#core/system';
import type { Clock, Instant, Random, Result } from '#kernel';
import type { Observation, ReplicaView, TaskOutcome, TaskProgress } from '#ports';
import type { Behaviour, BehaviourInput, CheckBehaviour } from './behaviour.ts';
import type { Memory } from './memory.ts';
import type { Faults, Infirmary } from './faults.ts';
import type { Latencies } from './latency.ts';

/** Time as the world has it: it goes on evenly, whatever somebody does to the wall clock. */
export interface WorldClock extends Clock {
  elapsed(): number;
}

/** Promises of a target that a test may take away, to see that they matter. */
export interface Promises {
  /** Refuses who has been replaced (R6). */
  readonly fences: boolean;
  /** Remembers what it has done, by key (R6). */
  readonly remembers: boolean;
}

/** Everything that all environments of a world share. */
export interface WorldState {
  readonly clock: WorldClock;
  readonly random: Random;
  readonly effectMillis: number;
  readonly promises: Promises;
  readonly behaviours: Map<string, BehaviourInput>;
  readonly checks: Map<string, CheckBehaviour>;
  /** How often the sources of a service were changed. */
  readonly changes: Map<string, number>;
  /** Whatever was built, by anybody: environments share what they have. */
  readonly builds: Set<string>;
  readonly infirmary: Infirmary;
  readonly sites: Map<string, Site>;
  readonly violations: string[];
  readonly stopHooks: ((stop: StopAsked) => string | null)[];
  faults: Faults;
  lost: number;
  lostByRouting: number;
  answered: number;
  /** Everything that has happened, as a running hash. */
  trace: number;
  events: number;
}

export interface StopAsked {
  readonly environment: string;
  readonly service: string;
  readonly revision: string;
  readonly keep: number;
  readonly at: Instant;
}

/** One environment of the world. */
export interface Site {
  readonly world: WorldState;
  readonly name: string;
  /** Chance of what is done here: fates and durations. */
  readonly random: Random;
  readonly revisions: Map<string, RevisionState>;
  readonly services: Map<string, ServiceState>;
  readonly router: RouterState;
  /** What was done, by kind and key (R6). */
  readonly done: Memory<Done>;
  readonly runs: Memory<Run>;
  /** Ends what runs now. */
  readonly running: Set<AbortController>;
  readonly locks: Map<string, string>;
  readonly jobs: Map<string, { attempts: number }>;
  readonly finished: Map<string, number>;
  readonly purposes: Map<string, Job['purpose']>;
  readonly schema: { expanded: number; contracted: number };
  readonly log: LogEvent[];
  declared: Environment | null;
  /** Where callers find the services; null after a change, until somebody looks. */
  addresses: Pick<Observation['router'], 'addresses' | 'previews'> | null;
  stores: readonly StoreSpec[];
  /** Jobs that wait for a word to end have got it. */
  jobsMayEnd: boolean;
  highest: number;
  /** Grows with each change that an effect makes. */
  changed: number;
  born: number;
  logged: number;
}

export interface Done {
  readonly words: string;
  readonly outcome: Promise<Result<unknown>>;
}

/** A task under way or ended, by its key. */
export interface Run {
  readonly outcome: Promise<Result<TaskOutcome>>;
  readonly ending: AbortController;
  readonly listeners: Set<(progress: TaskProgress) => void>;
}

export interface LogEvent {
  readonly number: number;
  readonly replica: Replica;
  readonly text: string;
}

export interface ServiceState {
  readonly name: string;
  readonly random: Random;
  readonly revisions: RevisionState[];
  arms: readonly ArmState[];
  requestsPerSecond: number;
  jobsPerSecond: number;
  readonly queue: { waiting: number; arrived: number; done: number };
  /** Load has been reckoned up to here. */
  settledAt: number;
  /** When the next of its replicas changes its state. */
  nextAt: number;
}

/** One arm of the table that the router has acknowledged. */
export interface ArmState {
  readonly id: string;
  readonly revision: RevisionState | null;
  readonly role: 'stable' | 'canary';
  readonly weight: number;
  /** The controller sent traffic here though it had seen nobody ready; until somebody is. */
  forsaken: boolean;
}

export interface RevisionState {
  readonly revision: Revision;
  readonly service: ServiceState;
  readonly replicas: Replica[];
  behaviour: Behaviour;
  /** By how much slower than usual, in steps. */
  latencies: Latencies[];
  /** How many were ready when the controller looked last. */
  seenReady: number;
  /** R14: how many were asked to take jobs; null: nobody has asked yet. */
  active: number | null;
  readonly counts: { requests: number; failures: number; buckets: number[] };
}

export interface Replica {
  readonly name: string;
  readonly of: RevisionState;
  readonly random: Random;
  readonly port: number;
  pid: number;
  phase: 'serving' | 'draining' | 'drained' | 'stopping';
  run: 'starting' | 'ready' | 'unready' | 'backingOff';
  /** What comes next in its life, and when. */
  next: 'boot' | 'ready' | 'flap' | 'recover' | 'crash' | 'nothing';
  nextAt: number;
  readyAt: number;
  readySince: Instant | null;
  /** When its own fault ends it, and when the world's does. */
  crashAt: number;
  endedAt: number;
  flapAt: number;
  /** Kept from getting ready by the world. */
  stuck: boolean;
  crashes: number;
  consuming: boolean;
  /** The job it has begun ends then. */
  busyUntil: number;
  view: ReplicaView | null;
}

export interface RouterState {
  state: 'serving' | 'absent';
  wanted: RouteTable | null;
  acknowledged: RouteTable | null;
  /** The push of `wanted`; resolves when it is in force or was overtaken. */
  pushed: Promise<void>;
  overtaken: AbortController;
  epoch: number;
  /** Away until then, after it ended unasked. */
  downUntil: number;
  restartAt: number;
}

/** Writes down that something has happened: into the hash that two equal runs share. */
export function note(site: Site, what: string): void {
  const { world } = site;
  let hash = world.trace ^ Math.trunc(world.clock.elapsed() * 16);
  for (let i = 0; i < what.length; i += 1) hash = Math.imul(hash ^ what.charCodeAt(i), 0x0100_0193);
  world.trace = hash >>> 0;
  world.events += 1;
}

/** What must never happen, with the number of the rule it breaks. */
export function violated(site: Site, rule: string, sentence: string): void {
  note(site, sentence);
  const { violations, clock } = site.world;
  if (violations.length < 1_000)
    violations.push(`${rule} ${site.name} at ${Math.round(clock.elapsed())} ms: ${sentence}`);
}

export const isServing = ({ phase }: Replica): boolean => phase === 'serving';
export const isReady = ({ phase, run }: Replica): boolean => phase === 'serving' && run === 'ready';

export function readyCount({ replicas }: RevisionState): number {
  let ready = 0;
  for (const replica of replicas) if (isReady(replica)) ready += 1;
  return ready;
}
