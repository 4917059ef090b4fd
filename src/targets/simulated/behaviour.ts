import type { Job } from '#core/system';

/**
 * How replicas of a revision behave, and jobs built of one. It belongs to the revision: healing the world does not mend it.
 * Times are in milliseconds, shares between 0 and 1.
 */
export interface Behaviour {
  /** From start to ready, on average. */
  readonly startMillis: number;
  readonly neverReady: boolean;
  /** Share of starts that end before they are ready. */
  readonly crashOnStart: number;
  /** Mean time between crashes of one that is ready. */
  readonly crashEvery: number | null;
  /** Each time so long after it became ready. */
  readonly crashAfter: number | null;
  /** Its memory is used up so long after it became ready: it gets slower over the second half of that time, then dies. */
  readonly leakAfter: number | null;
  /** Mean time between spells of not being ready, and how long one lasts. */
  readonly flapEvery: number | null;
  readonly flapFor: number;
  readonly errorShare: number;
  readonly latencyMillis: number;
  /** Standard deviation of the logarithm of the latency. */
  readonly latencySpread: number;
  readonly slowShare: number;
  readonly slowMillis: number;
  /** Requests per second that one ready replica answers; what comes beyond it fails. */
  readonly capacity: number | null;
  /** How long one job out of a queue takes. */
  readonly jobMillis: number;
  /** Names of checks that are red against an arm that this revision serves. */
  readonly failsChecks: readonly string[];
  /** Level of the schema that it needs, and that must not be contracted beyond; null: any. */
  readonly schema: number | null;
  readonly job: JobBehaviour;
}

/** How a program that is run to its end behaves. */
export interface JobBehaviour {
  readonly takesMillis: number;
  /** After each of them but the last it tells a resume token: one of `points`, or `step <number>`. */
  readonly steps: number;
  readonly points: readonly string[];
  /** It does not end before it gets a word from outside (`letJobsEnd`). */
  readonly waits: boolean;
  /** After its last step. */
  readonly exitCode: number;
  /** So many of its first runs end half-way. */
  readonly crashes: number;
  /** Somebody else holds its lock in so many of its first runs: exit code 75. */
  readonly locked: number;
  /** What it is for, where the environment does not declare it. */
  readonly purpose: Job['purpose'] | null;
  /** Level of the schema that it expands to, or contracts to. */
  readonly level: number | null;
}

/** Behaviour as a test writes it: only what differs from a healthy program. */
export type BehaviourInput = Partial<Omit<Behaviour, 'job'>> & { readonly job?: Partial<JobBehaviour> };

const healthyJob: JobBehaviour = {
  takesMillis: 2_000,
  steps: 4,
  points: [],
  waits: false,
  exitCode: 0,
  crashes: 0,
  locked: 0,
  purpose: null,
  level: null,
};

export const healthy: Behaviour = {
  startMillis: 1_500,
  neverReady: false,
  crashOnStart: 0,
  crashEvery: null,
  crashAfter: null,
  leakAfter: null,
  flapEvery: null,
  flapFor: 2_000,
  errorShare: 0.0005,
  latencyMillis: 12,
  latencySpread: 0.5,
  slowShare: 0,
  slowMillis: 1_500,
  capacity: null,
  jobMillis: 200,
  failsChecks: [],
  schema: null,
  job: healthyJob,
};

export function behaviourOf(inputs: readonly (BehaviourInput | undefined)[]): Behaviour {
  const job = Object.assign({}, healthyJob, ...inputs.map((input) => input?.job)) as JobBehaviour;
  return Object.assign({}, healthy, ...inputs, { job }) as Behaviour;
}

/** How a check ends, whatever it is run against. */
export interface CheckBehaviour {
  /** `flaky`: red in `redShare` of its runs. `broken`: it cannot measure. `endless`: only its timeout ends it. */
  readonly result: 'green' | 'red' | 'flaky' | 'broken' | 'endless';
  readonly redShare: number;
  readonly takesMillis: number;
}

export const greenCheck: CheckBehaviour = { result: 'green', redShare: 0.2, takesMillis: 400 };
