import type { BackupPolicy, RecoveryPolicy } from './resolved-recovery.ts';
import type { Bytes, Millis, Percent } from '#kernel';
import type { Edge } from './resolved-edge.ts';
import type { Selector } from './schema/selector.ts';

/**
 * One environment of a system with its overlay applied, defaults filled in and every unit parsed: what the rest of
 * the program works with. All paths are relative to the system's folder and stay inside it.
 */
export interface Environment {
  readonly system: string;
  readonly name: string;
  readonly target: TargetName;
  readonly services: readonly Service[];
  readonly stores: readonly StoreSpec[];
  readonly checks: readonly Check[];
  readonly secrets: readonly SecretSpec[];
  readonly flags: Readonly<Record<string, string | number | boolean>>;
  readonly release: ReleasePolicy;
  /** Absent in records of before there was one; null: none is declared. */
  readonly edge?: Edge | null;
  /** What routes its requests. Absent in records of before there was a choice: Fairway's own router. */
  readonly router?: RouterName;
  /** Threads of Fairway's own router. Absent: 1. */
  readonly routerWorkers?: number;
  /** What is declared and no program that this target can run. Absent in records of before it was told. */
  readonly absent?: readonly AbsentService[];
  /** What must hold when things are lost. Absent: nothing is declared. */
  readonly recovery?: RecoveryPolicy;
}

/** A service that is only a ready-made image, or that somebody's platform runs: `by` names the image or the provider. */
export interface AbsentService {
  readonly name: string;
  readonly why: 'image' | 'hosting';
  readonly by: string;
}

export type RouterName = 'builtin' | 'haproxy';

export type TargetName = 'local' | 'docker' | 'kubernetes' | 'simulated';

/** One deployable program. */
export interface Service {
  readonly name: string;
  /** Folder that is snapshotted; the command runs in it. */
  readonly folder: string;
  /** Other folders or files of the system that belong to the build, at their own place. */
  readonly include: readonly string[];
  /** argv; the first element is looked up on PATH ("node" is the Node that runs Fairway). */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Names of the secrets it receives as environment variables. */
  readonly secrets: readonly string[];
  /** Services and stores it is given the addresses of, and is started after. */
  readonly needs: readonly string[];
  readonly exposure: 'public' | 'private' | 'vpn' | 'none';
  /** `none` for queue consumers: no route, but still a PORT for its probes. */
  readonly traffic: 'http' | 'none';
  /** Port of the router that callers use; absent: a free one, kept for the life of the environment. */
  readonly port: number | null;
  readonly replicas: number;
  readonly resources: { readonly memory: Bytes | null; readonly cpu: number | null };
  readonly probes: {
    readonly live: Probe | null;
    readonly ready: Probe | null;
    readonly startup: Probe | null;
  };
  readonly shutdown: {
    /** How long requests in flight may take after the replica left the router. */
    readonly drain: Millis;
    /** Over which time open WebSockets are closed with 1012. */
    readonly websocketDrain: Millis;
    /** From SIGTERM to SIGKILL. */
    readonly grace: Millis;
  };
  readonly affinity: { readonly cookie: string; readonly lifetime: Millis } | null;
  /** How it is told to take no more jobs, and to take them again; null: it takes none, or cannot be told (R14). */
  readonly consumer: Consumer | null;
  readonly strategy: Strategy;
  /** Where the gate has its counts from; null: nobody counts. Absent in records of before there was a choice. */
  readonly measure?: Measure | null;
}

/** Counters since a program's start. A worker's finished job is a request; its revisions are the arms. */
export type Measure =
  | { readonly from: 'router' }
  | ({ readonly from: 'metrics'; readonly path: string } & Counters)
  | {
      readonly from: 'prometheus';
      readonly url: string;
      /** Queries of PromQL in which {service} and {revision} stand for names. */
      readonly requests: string;
      readonly failures: string;
      readonly latency: string | null;
    };

/** Series of a page of metrics; those of a list are added up. */
export interface Counters {
  readonly requests: readonly Selector[];
  readonly failures: readonly Selector[];
  /** A histogram in seconds; null: there is none. */
  readonly latency: Selector | null;
}

/** Paths that answer a POST: after `pause` was answered no job is under way and none is taken until `resume`. */
export interface Consumer {
  readonly pause: string;
  readonly resume: string;
}

export interface Probe {
  readonly path: string;
  readonly interval: Millis;
  readonly timeout: Millis;
  readonly successes: number;
  readonly failures: number;
}

export type Strategy =
  | {
      readonly kind: 'rolling';
      readonly surge: number;
      readonly unavailable: number;
      readonly settle: Millis;
    }
  | {
      readonly kind: 'canary';
      readonly steps: readonly CanaryStep[];
      /** What a weight is a share of. By replicas, old ones leave as new ones come; by requests they stay to the end. */
      readonly by: 'requests' | 'replicas';
      /** Who ends a step whose gate has passed. */
      readonly advance: Advance;
    }
  | {
      readonly kind: 'blue-green';
      /** Green runs whole, without traffic, for so long at least; the checks of the gate must be green against it. */
      readonly preview: Millis;
      /** Shares on the way to all traffic; empty: everything at once. */
      readonly steps: readonly CanaryStep[];
      readonly advance: Advance;
    };

export type Advance = 'gate' | 'person';

/** One step of a canary: the weight, how long it is held, and whether the gate must pass at its end. */
export interface CanaryStep {
  readonly weight: Percent;
  readonly hold: Millis;
  readonly gate: boolean;
}

/** What holds for a whole rollout of an environment. */
export interface ReleasePolicy {
  readonly gate: GatePolicy;
  /** A replica that is not ready after this long fails the release. */
  readonly startDeadline: Millis;
  /** The router must have acknowledged a table after this long. */
  readonly routeDeadline: Millis;
  /** A rollout that is not over after this long is given up, whatever it waits for (R5). */
  readonly deadline: Millis;
  /** How long the previous revisions stay running after promotion (R9). */
  readonly keepOld: Millis;
  /** How long the gate keeps watching when the new revisions have all traffic, before the rollout counts as promoted. */
  readonly watch: Millis;
  readonly approval: Approval | null;
  /** The rollout begins only while this window is open; null: at any time. */
  readonly window: Window | null;
  /** No rollout begins while one of these is open. */
  readonly freezes: readonly Freeze[];
  /** What becomes of a rollout under way when a newer release is asked for. */
  readonly supersede: Supersede;
  readonly hooks: { readonly before: readonly Job[]; readonly after: readonly Job[] };
  readonly migrations: Migrations | null;
}

/**
 * `refuse`: the newer release is refused. `waiting`: one that waits (for a person, a window, evidence after its hold) gives
 * way, any other is waited for. `always`: one that may be aborted is.
 */
export type Supersede = 'refuse' | 'waiting' | 'always';

export interface Approval {
  readonly role: string;
  readonly people: number;
  readonly within: Millis;
}

/** Hours of the week, in a time zone. `until` before `from` means over midnight; they are never the same. */
export interface Window {
  readonly name: string;
  readonly days: readonly Weekday[];
  /** Minutes since midnight; `until` is at most 1440, the end of the day. */
  readonly from: number;
  readonly until: number;
  readonly zone: string;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** A span in which nothing begins: hours of the week, or from one day to another (both inclusive, ISO dates). */
export type Freeze =
  | { readonly kind: 'weekly'; readonly window: Window }
  | {
      readonly kind: 'dates';
      readonly name: string;
      readonly from: string;
      readonly until: string;
      readonly zone: string;
    };

/** A program that a rollout runs to its end: a hook, or a phase of a migration. */
export interface Job {
  readonly name: string;
  readonly purpose: 'before' | 'expand' | 'backfill' | 'contract' | 'after';
  /** Snapshotted like a service, so that a release runs what it was made with. `replicas` is 0. */
  readonly service: Service;
  readonly timeout: Millis;
  /** A failing hook stops the rollout, or is only told. */
  readonly onFailure: 'rollback' | 'ignore';
}

export interface Migrations {
  /** At most one of each purpose, in this order: expand, backfill, contract. */
  readonly jobs: readonly Job[];
  /** Whether the code before accepts the expanded schema; where it does not, there is no way back after expand (R4). */
  readonly compatible: boolean;
  /** Releases that change the schema begin only while this window is open. */
  readonly window: Window | null;
  /** From promotion to contract; not shorter than `keepOld`. */
  readonly contractAfter: Millis;
}

/** When a step may pass and when a canary is stopped. */
export interface GatePolicy {
  /** At most this share of the requests may fail (5xx, or no answer). */
  readonly errorShare: Percent;
  /** A request slower than this counts as slow. */
  readonly slowerThan: Millis;
  /** At most this share of the requests may be slow. */
  readonly slowShare: Percent;
  /** Requests that the new revision must have answered in a step, and the old one during the rollout, before it may pass. */
  readonly minimumRequests: number;
  /** A new revision may be slower by so much, or by 9 % where that is more. */
  readonly latencyTolerance: Millis;
  /** Latencies are not compared before the new revision has had traffic for so long. */
  readonly warmUp: Millis;
  /** How often the counts are read. */
  readonly interval: Millis;
  /** Percent of the releases without harm that may be rolled back by mistake, over the whole rollout. */
  readonly falseAlarms: Percent;
  /** Whether proof of no harm ends a hold before its time. */
  readonly promote: 'atDeadline' | 'onEvidence';
  /** Proof ends no hold that is shorter than this. */
  readonly minimumHold: Millis;
  /**
   * When a hold is over and the evidence does not suffice: wait for more, hold as long again (three times at most), wait
   * for a person, or go back.
   */
  readonly onInconclusive: 'hold' | 'extend' | 'ask' | 'rollback';
  /** Traffic that is expected: what a step can see is told from it. */
  readonly expected: ExpectedTraffic | null;
  /** Names of the checks that must be green. */
  readonly checks: readonly string[];
}

/** What a service usually gets, both revisions together. */
export interface ExpectedTraffic {
  readonly requestsPerSecond: number;
  readonly errorShare: Percent;
  readonly median: Millis;
  readonly p95: Millis;
}

/** Copies of a Postgres that follow it, and one of which takes over when it fails. */
export interface Standbys {
  /** At least 1. */
  readonly count: number;
  /** Commits wait until the standbys have them, too. */
  readonly synchronous: boolean;
  /** How long the primary may be away before a standby that may lack its last writes takes over. */
  readonly failoverAfter: Millis;
}

export type StoreSpec =
  | {
      readonly kind: 'postgres';
      readonly name: string;
      /** Absent: no copies are declared. */
      readonly backup?: BackupPolicy;
      readonly version: string | null;
      readonly database: string;
      /** Left out: it has none. */
      readonly standbys?: Standbys;
    }
  | {
      readonly kind: 'redis';
      readonly name: string;
      /** Absent: no copies are declared. */
      readonly backup?: BackupPolicy;
      readonly persistence: 'none' | 'aof';
      readonly evictionPolicy: string;
      readonly memory: Bytes | null;
    }
  | {
      readonly kind: 'bucket';
      readonly name: string;
      /** Absent: no copies are declared. */
      readonly backup?: BackupPolicy;
      readonly bucket: string;
      readonly versioning: boolean;
      readonly expireAfter: Millis | null;
    };

/** An SLO probe of the system: a small program or an HTTP sampler. Exit code 0 with a JSON line is green. */
export interface Check {
  readonly name: string;
  readonly run:
    | {
        readonly kind: 'command';
        readonly folder: string;
        readonly include: readonly string[];
        readonly command: readonly [string, ...string[]];
      }
    | {
        readonly kind: 'http';
        readonly service: string;
        readonly path: string;
        readonly samples: number;
        readonly p95: Millis;
      };
  /** Secrets and service addresses it may see. */
  readonly secrets: readonly string[];
  readonly needs: readonly string[];
  readonly every: Millis;
  readonly timeout: Millis;
}

export interface SecretSpec {
  readonly name: string;
  /** On targets without a secret store a random value of this many bytes (hex) is made once; null: must be given. */
  readonly generateBytes: number | null;
}
