/** Variance of counts between equal replicas, as a multiple of what chance alone explains: 1 is pure chance. */
export interface Dispersion {
  readonly errors: number;
  /** Of the answers above the median, the 95th and the 99th percentile. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What the canary may do at most where there is no stable arm to compare it with. */
export interface Ceilings {
  /** Share (0 to 1) of requests that may fail. */
  readonly errorShare: number;
  /** Milliseconds from which an answer is slow, and the share (0 to 1) of answers that may be. */
  readonly slowerThan: number;
  readonly slowShare: number;
}

/** A canary is proven harmless when its error share is surely less than this above the stable one. */
export interface ErrorMargin {
  /** Seconds of canary traffic from which this margin is good enough. */
  readonly from: number;
  /** The larger of a difference of shares (0 to 1) and a multiple of the stable arm's share before the rollout. */
  readonly absolute: number;
  readonly relative: number;
}

/** Every number of the comparison. Times in seconds, latencies in buckets (8 to the octave). */
export interface GateSettings {
  /** Chance that a whole rollout of a good release is failed by mistake. */
  readonly alpha: number;
  /** Chance that a release beyond a margin is taken as proven. */
  readonly beta: number;
  /** From this e-value of harm on nothing passes. */
  readonly suspicion: number;
  /** Shares of alpha; their sum is 1. */
  readonly weights: { readonly errors: number; readonly latency: number };
  /** Relative rise of the error rate that is tolerated, phased in over so many errors of both arms. */
  readonly errorTolerance: number;
  readonly errorToleranceAfter: number;
  readonly errorMargins: readonly ErrorMargin[];
  /** Slowdown that is tolerated, and the one that the proof excludes, in buckets. */
  readonly latencyTolerance: number;
  readonly latencyMargin: number;
  /** So many milliseconds are tolerated as well, where they are more than that. */
  readonly toleratedMillis: number;
  /** Share of the wealth that bets on a later onset, and how the onsets are spread. */
  readonly restartShare: number;
  readonly restartScale: number;
  /** An alternative gains at most so many nats per block, so that one short hiccup cannot decide alone. */
  readonly block: number;
  readonly blockCap: number;
  /** Latency of the first seconds is not looked at: a cold start is no regression. */
  readonly warmUp: number;
  /** When a rollout that nothing stopped is decided on what there is. */
  readonly deadline: number;
  /** The largest standard score that passes at the deadline. */
  readonly deadlineScore: number;
  /** Of each arm. */
  readonly minimumRequests: number;
  /** Null: measured between the replicas of the stable arm. */
  readonly dispersion: Dispersion | null;
  /** Null: without a stable arm nothing is said. */
  readonly ceilings: Ceilings | null;
  /** The stable arm counts as gone after so long without a request, while the canary answered at least so many. */
  readonly silence: number;
  readonly silentRequests: number;
}

export const noDispersion: Dispersion = { errors: 1, p50: 1, p95: 1, p99: 1 };

export const defaultSettings: GateSettings = {
  alpha: 0.01,
  beta: 0.05,
  suspicion: 5,
  weights: { errors: 0.5, latency: 0.5 },
  errorTolerance: 0.1,
  errorToleranceAfter: 1_000,
  errorMargins: [
    { from: 300, absolute: 0.001, relative: 0.25 },
    { from: 600, absolute: 0.003, relative: 0.5 },
  ],
  latencyTolerance: 1,
  latencyMargin: 2,
  toleratedMillis: 0,
  restartShare: 0.5,
  restartScale: 1_800,
  block: 10,
  blockCap: 4,
  warmUp: 10,
  deadline: 1_800,
  deadlineScore: 2.576,
  minimumRequests: 200,
  dispersion: null,
  ceilings: null,
  silence: 10,
  silentRequests: 20,
};
