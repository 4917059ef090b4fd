import type { Bytes, Millis, Percent } from '#kernel';

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
}

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
  readonly strategy: Strategy;
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
  | { readonly kind: 'canary'; readonly steps: readonly CanaryStep[] };

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
  /** How long the previous revisions stay running after promotion (R9). */
  readonly keepOld: Millis;
}

/** When a step may pass and when a canary is stopped. */
export interface GatePolicy {
  /** At most this share of the canary's requests may fail (5xx, or no answer). */
  readonly errorShare: Percent;
  /** A request slower than this counts as slow. */
  readonly slowerThan: Millis;
  /** At most this share of the canary's requests may be slow. */
  readonly slowShare: Percent;
  /** Requests the canary must have answered before a step may pass. */
  readonly minimumRequests: number;
  /** How often the counts are read. */
  readonly interval: Millis;
  /** When a hold is over without enough requests: wait for more, or go back. */
  readonly onInconclusive: 'hold' | 'rollback';
  /** Names of the checks that must be green. */
  readonly checks: readonly string[];
}

export type StoreSpec =
  | {
      readonly kind: 'postgres';
      readonly name: string;
      readonly version: string | null;
      readonly database: string;
    }
  | {
      readonly kind: 'redis';
      readonly name: string;
      readonly persistence: 'none' | 'aof';
      readonly evictionPolicy: string;
      readonly memory: Bytes | null;
    }
  | {
      readonly kind: 'bucket';
      readonly name: string;
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
