/** What the router is told and what it tells: shared by the router's process and its client. */

import type { EdgeSettings } from '#edge';

/** Tables are ordered by version, then generation; an older one is refused with the present numbers. */
export interface RouterTable {
  /** Grows with every change of weights (decided by the engine). */
  readonly version: number;
  /** Grows with every change of endpoints under the same weights (decided by the target). */
  readonly generation: number;
  readonly routes: readonly RouterRoute[];
  /** The public listeners before the routes; absent: there are none. */
  readonly edge?: EdgeSettings | null | undefined;
}

export interface RouterRoute {
  readonly service: string;
  /** Loopback port that callers of this service use. */
  readonly port: number;
  /**
   * Loopback port on which the canary arm alone answers: 404 while there is none, 503 while none of its replicas can. What
   * comes by it is not counted; null: there is no such port.
   */
  readonly preview: number | null;
  readonly affinity: { readonly cookie: string; readonly lifetimeMillis: number } | null;
  readonly arms: readonly RouterArm[];
}

export interface RouterArm {
  readonly revision: string;
  readonly role: 'stable' | 'canary';
  /** 0 to 100; an arm of weight 0 is reached by header only. Weights of a route sum to 100. */
  readonly weight: number;
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly replica: string;
  readonly port: number;
}

export interface RouterState {
  /** Changes when totals begin at 0 again: the router's process started anew. An upgrade goes on with the totals. */
  readonly epoch: string;
  readonly version: number;
  readonly generation: number;
  /**
   * Same shape as `Counts` of `#core/gate`, without the epoch. R7: requests that chose their arm themselves (by the header
   * `x-fairway-arm`, or by the preview's port) are tries of testers and no evidence; they are in none of the counts.
   */
  readonly counts: readonly ({
    readonly service: string;
    readonly revision: string;
    /** The same totals of each replica. Requests that no replica could be asked for are in none of them. */
    readonly replicas: readonly ({ readonly replica: string } & RouterTotals)[];
  } & RouterTotals)[];
  /** What is open per replica, draining ones included. */
  readonly open: readonly { readonly replica: string; readonly requests: number; readonly sockets: number }[];
}

/** Monotonic totals. A request counts when its answer begins, when it fails, or when it has waited for 10 s. */
export interface RouterTotals {
  readonly requests: number;
  /** 5xx answers, requests that got none, and answers that broke off. */
  readonly failures: number;
  /** Answers that did not fail, by latency, in the buckets of the gate (`bucketOf`); empty ones at the end are left out. */
  readonly buckets: readonly number[];
}

export interface DrainRequest {
  readonly replicas: readonly string[];
  /** How long requests in flight may take. */
  readonly requestsMillis: number;
  /** Over which time WebSockets get their close frame (1012), spread evenly at random. */
  readonly websocketsMillis: number;
}

/** An upgrade: the running router starts another program and hands its listening sockets over to it. */
export interface UpgradeRequest {
  /** Absolute path of the program to go on with. */
  readonly program: string;
  /** Threads that route. Fewer than now come with a restart only: each socket needs one that accepts. */
  readonly workers: number;
  /** How long what is open in the old process may take, streams of events too; then it is cut. */
  readonly requestsMillis: number;
  /** Over which time the old process's WebSockets get their close frame. */
  readonly websocketsMillis: number;
}

/** What was still open when the time was over, and was cut. */
export interface DrainOutcome {
  readonly cut: number;
}
