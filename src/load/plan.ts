import { type Millis, seconds } from '#kernel';

/** What load is put on which system. Plain data: it may come from a file. See `defaultLoadPlan`. */
export interface LoadPlan {
  /** `http://host:port`; a path in it is put before every other path. Loopback unless `allowRemote`. */
  readonly target: string;
  readonly allowRemote: boolean;
  /** Requests per second, started by the clock whether or not earlier ones were answered. 0: none. */
  readonly rate: number;
  /** The run ends after this time; null: no limit. */
  readonly duration: Millis | null;
  /** The run ends after this many requests; null: no limit. Without any limit it runs until its signal is aborted. */
  readonly requests: number | null;
  /** Requests that may be under way at once, each on a kept-alive connection. */
  readonly connections: number;
  /** A request without a complete answer after this time has failed. */
  readonly timeout: Millis;
  /** Virtual users, each with cookies of its own, take turns: with cookie affinity they spread over the revisions. */
  readonly users: number;
  readonly mix: readonly PlannedRequest[];
  readonly session: PlannedSession | null;
  readonly sockets: PlannedSockets | null;
}

/**
 * In `path`, `body` and the values of `headers`, `{user}` becomes the number of the virtual user (from 1) and
 * `{request}` the number of the request. A body without a content-type is sent as application/json.
 */
export interface PlannedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Share among the mix, relative to the other weights. */
  readonly weight: number;
  /** The status codes that are a success; null: 200 to 399. */
  readonly expect: readonly number[] | null;
}

/** What each virtual user does once before the load begins. The cookies it is given are sent from then on. */
export interface PlannedSession {
  readonly steps: readonly Omit<PlannedRequest, 'weight'>[];
  /**
   * Where the steps' JSON answers hold a CSRF token (member names joined by dots) and the header it is sent in with
   * every request that is not GET, HEAD or OPTIONS. Null: no token.
   */
  readonly csrf: { readonly field: string; readonly header: string } | null;
}

/** WebSockets held open during the whole run; one that is closed is opened again after a short, random while. */
export interface PlannedSockets {
  readonly count: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `ping`: one whose pings have no answer for the plan's `timeout` counts as cut. `message`: sends `text`. */
  readonly traffic:
    | { readonly kind: 'none' }
    | { readonly kind: 'ping'; readonly every: Millis }
    | { readonly kind: 'message'; readonly every: Millis; readonly text: string };
}

/** Ten GET requests for `/` per second by twenty users, until the signal is aborted. */
export const defaultLoadPlan: Omit<LoadPlan, 'target'> = {
  allowRemote: false,
  rate: 10,
  duration: null,
  requests: null,
  connections: 50,
  timeout: seconds(10),
  users: 20,
  mix: [{ method: 'GET', path: '/', headers: {}, body: null, weight: 1, expect: null }],
  session: null,
  sockets: null,
};
