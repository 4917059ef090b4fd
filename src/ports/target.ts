import type { Counts } from '#core/gate';
import type { Revision, RouteTable, Unread } from '#core/release';
import type { Check, Environment, SecretSpec, Service, StoreSpec } from '#core/system';
import type { Failure, Instant, Result } from '#kernel';
import type { TargetRecovery } from './recovery.ts';

/** What a target can do, as data: shared code asks this record, never for the target's name. */
export interface Capabilities {
  readonly name: string;
  readonly weightedTraffic: boolean;
  readonly affinity: boolean;
  readonly perRevisionCounters: boolean;
  readonly embeddedStores: readonly StoreSpec['kind'][];
  readonly memoryLimit: 'enforced' | 'watched' | 'none';
  readonly cpuLimit: 'enforced' | 'none';
  readonly runsTasks: boolean;
  /** Whether the consumers of a revision can be paused while its replicas run (R14). */
  readonly pausesConsumers: boolean;
  /** Whether a revision without traffic has an address of its own, for people and checks. */
  readonly previews: boolean;
}

/** Which environment of which system, and where its folder is. */
export interface Place {
  readonly system: string;
  readonly environment: string;
  /** Absolute path of the system's folder; state lives under its `.fairway/`. */
  readonly folder: string;
}

/** Every effect carries it. A target checks `fence` and remembers `key`, so that a repeated effect changes nothing. */
export interface EffectContext {
  /** Release, step and attempt: the same key is the same effect. */
  readonly key: string;
  /** Epoch of the controller's lease; a target refuses an epoch lower than the highest it has seen (R6). */
  readonly fence: number;
  readonly deadline: Instant;
  readonly signal: AbortSignal;
  /** Told each resume token that a job prints, as it comes. */
  readonly progress?: (progress: TaskProgress) => void;
}

/** Where a job stands: what a later attempt begins with, and how far it is where the job knows. */
export interface TaskProgress {
  /** At most 4,096 characters. */
  readonly resume: string;
  readonly done: number | null;
  readonly of: number | null;
}

/** What a task is: a check of the system, or a job out of the snapshot it was built into. */
export type TaskAsk =
  | { readonly kind: 'check'; readonly check: Check; readonly arm: 'stable' | 'canary' }
  | { readonly kind: 'job'; readonly job: Revision; readonly resume: string | null };

export type TargetResult<T> = Promise<Result<T, Failure>>;

export interface ReplicaView {
  readonly replica: string;
  readonly service: string;
  readonly revision: string;
  readonly state: 'starting' | 'ready' | 'unready' | 'draining' | 'backingOff' | 'stopped';
  /** Ready without a break since then; null when not ready. */
  readonly readySince: Instant | null;
  /** Restarts after an exit nobody asked for. */
  readonly crashes: number;
  /** Why it is not ready, in one sentence for people. */
  readonly detail: string | null;
  readonly port: number | null;
  readonly pid: number | null;
  /** Whether it takes jobs; null for a service that is no consumer. */
  readonly consuming: boolean | null;
}

export interface StoreView {
  readonly store: string;
  readonly kind: StoreSpec['kind'];
  readonly state: 'starting' | 'ready' | 'failed' | 'stopped';
  readonly detail: string | null;
  /** Shown to people: host and port, no password. */
  readonly address: string | null;
  /** As last looked at, at most a few seconds ago; absent where none are declared or the store is not ready. */
  readonly standbys?: readonly StandbyView[];
}

export interface StandbyView {
  /** From 1. */
  readonly number: number;
  /** `away`: it neither follows nor is being made; `detail` of it or of what is being done with it. */
  readonly state: 'follows' | 'making' | 'starting' | 'away';
  readonly detail: string | null;
  /** Holds every write the primary has acknowledged. */
  readonly synchronous: boolean;
  /** Log of the primary that it has not replayed; null when that is not known. */
  readonly lagBytes: number | null;
  /** Age of the oldest write it has not replayed, to about a second; null when that is not known. */
  readonly lagSeconds: number | null;
}

/** What is there now, observed and not assumed. */
export interface Observation {
  readonly at: Instant;
  readonly replicas: readonly ReplicaView[];
  readonly stores: readonly StoreView[];
  /** Revisions whose counts could not be read, or not of all their replicas. */
  readonly unread: readonly Unread[];
  readonly router: {
    readonly state: 'serving' | 'absent';
    /** The newest table the router has acknowledged; 0 when none. */
    readonly acknowledged: number;
    /** Per service the address that callers use, e.g. `http://127.0.0.1:40123`. */
    readonly addresses: Readonly<Record<string, string>>;
    /** Per service the address at which the revision without full traffic answers, while there is one. */
    readonly previews: Readonly<Record<string, string>>;
    readonly counts: readonly Counts[];
  };
}

export interface TaskOutcome {
  readonly exitCode: number;
  /** The last lines it printed, at most 64 KiB, secrets masked. */
  readonly output: string;
  readonly tookMillis: number;
}

/**
 * One environment on one target. Every method is idempotent: asked twice with the same words, it does the work once.
 * None of them throws for what the world does; they return a `Failure` with a code of the catalogue.
 */
export interface Target {
  readonly can: Capabilities;
  /** Starts or finds again the stores and the router; adopts replicas that a former controller started. */
  open(environment: Environment, context: EffectContext): TargetResult<null>;
  /**
   * Builds the immutable snapshot and the revision of a service from a folder laid out like the system's. Of `secrets` those
   * that are declared to be generated and are not there yet are made, so that it works before `open` as well.
   */
  build(
    service: Service,
    sourceFolder: string,
    context: EffectContext,
    secrets?: readonly SecretSpec[],
  ): TargetResult<Revision>;
  /**
   * The revision of a service from a build that another environment of the same system has made (R10): nothing is built, and
   * `secrets` are those of this environment. Failures: `snapshot_missing`, `snapshot_damaged` (facts: build).
   */
  adopt(
    service: Service,
    build: string,
    context: EffectContext,
    secrets?: readonly SecretSpec[],
  ): TargetResult<Revision>;
  /**
   * Starts what is missing of `count` replicas; never stops one. Done when started; readiness is observed. Replicas of a
   * consumer take no jobs before `consume` asks for it, also those that replace a crashed one beyond its number.
   */
  ensureReplicas(ask: { revision: Revision; count: number }, context: EffectContext): TargetResult<null>;
  /** Sets the weights; done when the router has acknowledged this version (R2). */
  setRoute(table: RouteTable, context: EffectContext): TargetResult<{ acknowledged: number }>;
  /** Takes all but `keep` replicas of a revision out of the router and waits until nothing is in flight (R3). */
  drain(ask: { revision: string; keep: number }, context: EffectContext): TargetResult<{ cut: number }>;
  /** SIGTERM, grace, SIGKILL for all but `keep` replicas; drained ones first. */
  stop(ask: { revision: string; keep: number }, context: EffectContext): TargetResult<null>;
  /**
   * R14. Exactly `active` replicas of a revision take jobs from now on. Done when the others have finished what they had
   * begun and those asked for have resumed. Replicas of a service without `consumer` need nothing.
   */
  consume(ask: { revision: string; active: number }, context: EffectContext): TargetResult<null>;
  /**
   * Runs a check or a job to its end. The same key is the same run: asked again by a later controller, a job that still
   * runs is waited for, and one that has ended answers with its outcome. A job that is aborted is ended.
   */
  runTask(ask: TaskAsk, context: EffectContext): TargetResult<TaskOutcome>;
  observe(): Promise<Observation>;
  /** Lines of a service's replicas, oldest first; follows when asked, until the signal is aborted. */
  logs(ask: LogRequest, signal: AbortSignal): AsyncIterable<LogLine>;
  /** Stops replicas, router and stores in order, keeping data; `erase` also deletes the data. */
  close(ask: { erase: boolean }, context: EffectContext): TargetResult<null>;
  /** Ends the watching inside this process and leaves everything running: the control plane goes, the world stays. */
  release(): Promise<void>;
  /** Copies of what the stores hold; absent where the target does not run them itself. */
  readonly recovery?: TargetRecovery;
}

export interface LogRequest {
  readonly service: string | null;
  readonly lines: number;
  readonly follow: boolean;
}
export interface LogLine {
  readonly service: string;
  readonly replica: string;
  readonly revision: string;
  readonly text: string;
}
