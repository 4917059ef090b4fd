/** What the router is told and what it tells: shared by the router's process and its client. */

/** Tables are ordered by version, then generation; an older one is refused with the present numbers. */
export interface RouterTable {
  /** Grows with every change of weights (decided by the engine). */
  readonly version: number;
  /** Grows with every change of endpoints under the same weights (decided by the target). */
  readonly generation: number;
  readonly routes: readonly RouterRoute[];
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
  /** Changes when the router's process starts anew: totals begin at 0 again. */
  readonly epoch: string;
  readonly version: number;
  readonly generation: number;
  /**
   * Same shape as `Counts` of `#core/gate`, without the epoch. R7: requests that chose their arm themselves (by the header
   * `x-fairway-arm`, or by the preview's port) are tries of testers and no evidence; they are in none of the counts.
   */
  readonly counts: readonly {
    readonly service: string;
    readonly revision: string;
    readonly requests: number;
    readonly failures: number;
    readonly buckets: readonly number[];
  }[];
  /** What is open per replica, draining ones included. */
  readonly open: readonly { readonly replica: string; readonly requests: number; readonly sockets: number }[];
}

export interface DrainRequest {
  readonly replicas: readonly string[];
  /** How long requests in flight may take. */
  readonly requestsMillis: number;
  /** Over which time WebSockets get their close frame (1012), spread evenly at random. */
  readonly websocketsMillis: number;
}

/** What was still open when the time was over, and was cut. */
export interface DrainOutcome {
  readonly cut: number;
}
