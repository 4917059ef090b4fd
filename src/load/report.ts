import type { Instant, Millis } from '#kernel';

/** What the load did and what came back, while it runs or at its end. Every request is in exactly one of the counts. */
export interface LoadReport {
  readonly started: Instant;
  readonly elapsed: Millis;
  /** `stopped`: by its signal, before its end. */
  readonly state: 'running' | 'complete' | 'stopped';
  readonly requests: {
    /** Those whose time to start had come: `sent` + `unsent`. */
    readonly planned: number;
    /** `succeeded` + `failed` + `cancelled` + `inFlight` */
    readonly sent: number;
    readonly succeeded: number;
    readonly failed: number;
    /** Given up by us when the run was stopped. */
    readonly cancelled: number;
    readonly inFlight: number;
    /** Of `sent`: started after their time because all connections were busy. */
    readonly late: number;
    /** Still waiting for a connection (at the end of the run: never sent). */
    readonly unsent: number;
  };
  /** Why requests failed; sums up to `requests.failed`. */
  readonly failures: Readonly<Record<FailureKind, number>>;
  /** Null before the first answer. */
  readonly latency: Latency | null;
  /** By the answers' `x-fairway-revision`; `revision` null: answers without it, and requests without an answer. */
  readonly revisions: readonly RevisionReport[];
  readonly sockets: SocketReport;
  /** The first failures, at most ten. */
  readonly samples: readonly FailureSample[];
}

/**
 * Why a request failed. `unexpected_status`: below 400, but not what the plan expects. `refused`: no connection.
 * `reset`: the connection ended before the answer was complete. `timeout`: no complete answer in the plan's time.
 */
export type FailureKind =
  | 'status_4xx'
  | 'status_5xx'
  | 'unexpected_status'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'other';

/**
 * Quantiles of the time from the moment a request should have started to the end of its answer (so that a system that
 * stalls the driver does not look fast), over complete answers of any status and timeouts; exact to 2 %, `max` exactly.
 */
export interface Latency {
  readonly p50: Millis;
  readonly p95: Millis;
  readonly p99: Millis;
  readonly max: Millis;
}

export interface RevisionReport {
  readonly revision: string | null;
  readonly requests: number;
  readonly failed: number;
  readonly p95: Millis | null;
}

export interface SocketReport {
  /** Openings that succeeded, first ones and later ones. */
  readonly opened: number;
  /** Of `opened`: after a close of the same socket. */
  readonly reopened: number;
  readonly open: number;
  /** Attempts that did not lead to an open socket. */
  readonly notOpened: number;
  readonly messages: number;
  /** Closes with a close frame by the other side, by code. Ours at the end of the run are not counted. */
  readonly closed: Readonly<Record<string, number>>;
  /** Connections that ended without a close frame (1006). */
  readonly abnormal: number;
}

export interface FailureSample {
  readonly at: Instant;
  /** `GET /path` */
  readonly request: string;
  readonly kind: FailureKind | 'socket_not_opened' | 'socket_cut';
  readonly status: number | null;
  readonly revision: string | null;
  readonly text: string;
}
