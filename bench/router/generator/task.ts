/** What a generator process is asked for, and what it tells: shared by the bench and that process. */

export type Task =
  /** Each connection sends its next request when the last one is answered. */
  | { readonly kind: 'closed'; readonly port: number; readonly connections: number; readonly seconds: number }
  /** Requests start at their times, whether answers came or not; ports in turn. */
  | {
      readonly kind: 'open';
      readonly ports: readonly number[];
      readonly connections: number;
      readonly rate: number;
      readonly seconds: number;
    }
  /** Idle WebSockets, held until this process is ended. */
  | { readonly kind: 'sockets'; readonly port: number; readonly count: number };

export interface Failures {
  /** Answers other than 200. */
  readonly status: number;
  /** Requests whose connection ended before the answer. */
  readonly lost: number;
  /** Requests that got no answer in the time after the end. */
  readonly unanswered: number;
}

export interface Answered {
  readonly requests: number;
  readonly failures: Failures;
  readonly seconds: number;
}

export interface OpenAnswered extends Answered {
  /** Microseconds of the monotonic clock, the same for all processes: when the first request was to be sent. */
  readonly began: number;
  /** Per answer in turn: microseconds after `began` at which it was to be sent, and from then to the answer's end. */
  readonly samples: readonly number[];
  /** Microseconds by which the generator itself sent late, the slowest hundredth. Part of the latency. */
  readonly ownDelay: number;
}

export interface SocketsHeld {
  readonly opened: number;
  /** Why the others were not opened, the first reason. */
  readonly reason: string | null;
  /** Of the sockets that were asked: a text that came back. */
  readonly asked: number;
  readonly echoed: number;
  readonly seconds: number;
}

export type Told =
  | { readonly kind: 'began' }
  | { readonly kind: 'closed'; readonly result: Answered }
  | { readonly kind: 'open'; readonly result: OpenAnswered }
  | { readonly kind: 'sockets'; readonly result: SocketsHeld };

/** The monotonic clock of the machine, microseconds. */
export const monotonicMicros = (): number => Number(process.hrtime.bigint()) / 1_000;

/** The value at or below which a `share` (0 to 1) of the values lie; NaN when there are none. Sorts a copy. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
