/** What one rollout meets: traffic, what the new revision does to it, and what else happens meanwhile. */
export interface Scenario {
  /** As the published figures name it. */
  readonly id: string;
  readonly group: Group;
  readonly requestsPerSecond: number;
  /** Share of the stable revision's requests that fail. */
  readonly errorShare: number;
  /** What the new revision does; a good release where it is left out. */
  readonly harm?: {
    readonly errorFactor?: number;
    readonly errorsAdded?: number;
    readonly slower?: number;
    readonly tail?: { readonly share: number; readonly millis: number };
    /** Seconds after the first traffic. */
    readonly onset?: number;
  };
  /** Share of the requests that go to the canary from so many seconds on. */
  readonly weights: readonly { readonly from: number; readonly share: number }[];
  /** Slow drift and short blips that both revisions share. */
  readonly noisy?: true;
  /** Both revisions fail this share more, from so many seconds on. */
  readonly sharedTrouble?: { readonly from: number; readonly share: number };
  /** Errors come in clumps of this mean size. */
  readonly clumps?: number;
  /** Each replica stalls about once in 90 s: two fifths of its answers of that second take 600 ms. */
  readonly stalls?: true;
  /** Half of the canary's requests fail for so many seconds, once. */
  readonly hiccup?: number;
  /** Replicas of the stable revision whose counts the gate sees one by one. */
  readonly replicas: number;
  /** Proof does not end the rollout early, so that what comes late is met. */
  readonly toTheEnd?: true;
  /** Runs, as a multiple of the asked number. */
  readonly runs: number;
}

export type Group = 'good' | 'errors' | 'latency' | 'conditions';

/** Seconds a rollout is watched. */
export const bake = 1_800;
export const medianMillis = 80;
export const p95Millis = 250;

const tenPercent = [{ from: 0, share: 0.1 }];
const rates = [5, 50, 500];
const shares = [0.001, 0.01];
const percentOf = (share: number) => `${share * 100}%`;

const good = [false, true].flatMap((noisy) =>
  rates.flatMap((requestsPerSecond) =>
    shares.map(
      (errorShare): Scenario => ({
        id: `${requestsPerSecond} rps ${percentOf(errorShare)} ${noisy ? 'noisy' : 'clean'}`,
        group: 'good',
        requestsPerSecond,
        errorShare,
        weights: tenPercent,
        ...(noisy ? { noisy: true } : {}),
        replicas: 4,
        runs: 4,
      }),
    ),
  ),
);

const worse = (
  requestsPerSecond: number,
  errorShare: number,
  change: { errorFactor: number } | { errorsAdded: number },
  noisy = false,
): Scenario => ({
  id: `err ${requestsPerSecond} ${errorShare} ${'errorFactor' in change ? `x${change.errorFactor}` : `+${change.errorsAdded * 100}pp`} ${noisy ? 'noisy' : 'clean'}`,
  group: 'errors',
  requestsPerSecond,
  errorShare,
  harm: change,
  weights: tenPercent,
  ...(noisy ? { noisy: true } : {}),
  replicas: 4,
  runs: 1,
});

const errors = [
  worse(5, 0.001, { errorFactor: 50 }),
  worse(5, 0.01, { errorFactor: 5 }),
  worse(5, 0.01, { errorFactor: 10 }),
  worse(5, 0.01, { errorFactor: 50 }),
  worse(50, 0.001, { errorFactor: 5 }),
  worse(50, 0.001, { errorsAdded: 0.01 }),
  worse(50, 0.01, { errorFactor: 1.5 }),
  worse(50, 0.01, { errorFactor: 2 }),
  worse(50, 0.01, { errorFactor: 5 }),
  worse(50, 0.01, { errorFactor: 50 }),
  worse(500, 0.001, { errorFactor: 2 }),
  worse(500, 0.01, { errorFactor: 2 }),
  worse(50, 0.01, { errorFactor: 2 }, true),
  worse(50, 0.01, { errorFactor: 5 }, true),
];

const slower = (requestsPerSecond: number, factor: number, noisy = false): Scenario => ({
  id: `lat ${requestsPerSecond} x${factor} ${noisy ? 'noisy' : 'clean'}`,
  group: 'latency',
  requestsPerSecond,
  errorShare: 0.01,
  harm: { slower: factor },
  weights: tenPercent,
  ...(noisy ? { noisy: true } : {}),
  replicas: 4,
  runs: 1,
});

const tail = (requestsPerSecond: number, share: number): Scenario => ({
  ...slower(requestsPerSecond, 1),
  id: `tail ${requestsPerSecond} ${percentOf(share)}+1s clean`,
  harm: { tail: { share, millis: 1_000 } },
});

const latency = [
  slower(5, 1.5),
  slower(50, 1.1),
  slower(50, 1.25),
  slower(50, 1.5),
  slower(50, 2),
  slower(500, 1.25),
  slower(50, 1.25, true),
  tail(5, 0.05),
  tail(50, 0.02),
  tail(50, 0.05),
];

const base: Omit<Scenario, 'id'> = {
  group: 'conditions',
  requestsPerSecond: 50,
  errorShare: 0.01,
  weights: tenPercent,
  replicas: 4,
  toTheEnd: true,
  runs: 2,
};
const ramp = [
  { from: 0, share: 0.1 },
  { from: 600, share: 0.25 },
  { from: 1_200, share: 0.5 },
];

const conditions: readonly Scenario[] = [
  { ...base, id: 'good clumped errors, rps 50', clumps: 4 },
  { ...base, id: 'good clumped errors, rps 500', requestsPerSecond: 500, clumps: 4 },
  { ...base, id: 'good pod stalls, rps 50', stalls: true },
  { ...base, id: 'good pod stalls, rps 500', requestsPerSecond: 500, stalls: true },
  { ...base, id: 'good canary-only hiccup 5s, rps 50', hiccup: 5 },
  { ...base, id: 'good canary-only hiccup 10s, rps 50', hiccup: 10 },
  {
    ...base,
    id: 'good ramp 10-25-50, shared +1pp in last step, rps 50',
    weights: ramp,
    sharedTrouble: { from: 1_200, share: 0.01 },
  },
  { ...base, id: 'bad 5x clumped, rps 50', clumps: 4, harm: { errorFactor: 5 }, runs: 1 },
  { ...base, id: 'bad slow1.5 stalls, rps 50', stalls: true, harm: { slower: 1.5 }, runs: 1 },
  { ...base, id: 'late onset (600 s) x2, rps 50', harm: { errorFactor: 2, onset: 600 }, runs: 1 },
  { ...base, id: 'late onset (600 s) x5, rps 50', harm: { errorFactor: 5, onset: 600 }, runs: 1 },
  { ...base, id: 'late onset (600 s) slow x1.5, rps 50', harm: { slower: 1.5, onset: 600 }, runs: 1 },
];

export const scenarios: readonly Scenario[] = [...good, ...errors, ...latency, ...conditions];
