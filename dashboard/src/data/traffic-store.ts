import type { GateSample, TrafficArm, TrafficSample } from '#api/browser';

/** Two hours at four samples a second. */
const capacity = 28_800;
/** Words about the gate are kept once in so many milliseconds. */
const wordsEvery = 1_000;

const fields = ['rate', 'failed', 'p50', 'p95', 'p99', 'weight'] as const;
export type Field = (typeof fields)[number];
export type Role = TrafficArm['role'];
type Columns = Readonly<Record<Field, Float32Array>>;

/**
 * The last two hours of traffic in typed arrays that are written in place: four samples a second make no garbage and
 * draw nothing by themselves. Places count on from 0; the place `n` lies at `n % capacity`.
 */
export interface TrafficStore {
  readonly add: (samples: readonly TrafficSample[]) => void;
  readonly latest: () => TrafficSample | null;
  /** Of the first and behind the last sample that is still there. */
  readonly bounds: () => readonly [first: number, end: number];
  readonly timeAt: (place: number) => number;
  readonly spanAt: (place: number) => number;
  /** NaN where nothing was answered, or there was no such arm. */
  readonly valueAt: (service: string, role: Role, field: Field, place: number) => number;
  readonly gateAt: (place: number) => {
    readonly harm: number;
    readonly proof: number;
    readonly rollout: number;
  };
  /** What the gate said last before then. */
  readonly wordsAt: (at: number) => { readonly at: number; readonly gate: GateSample } | null;
  /** The first place at or after a time. */
  readonly placeOf: (at: number) => number;
  readonly subscribe: (watcher: () => void) => () => void;
}

export function createTrafficStore(): TrafficStore {
  const times = new Float64Array(capacity);
  const spans = new Float32Array(capacity);
  const harm = new Float32Array(capacity);
  const proof = new Float32Array(capacity);
  const rollouts = new Int32Array(capacity);
  const arms = new Map<string, Columns>();
  const words: { readonly at: number; readonly gate: GateSample }[] = [];
  const watchers = new Set<() => void>();
  let end = 0;
  let last: TrafficSample | null = null;

  const columnsOf = (key: string): Columns => {
    const known = arms.get(key);
    if (known !== undefined) return known;
    const column = () => new Float32Array(capacity).fill(Number.NaN);
    const made = {
      rate: column(),
      failed: column(),
      p50: column(),
      p95: column(),
      p99: column(),
      weight: column(),
    };
    arms.set(key, made);
    return made;
  };

  const addOne = (sample: TrafficSample) => {
    if (last !== null && sample.at <= last.at) return;
    const at = end % capacity;
    for (const columns of arms.values()) for (const field of fields) columns[field][at] = Number.NaN;
    times[at] = sample.at;
    spans[at] = sample.millis;
    for (const arm of sample.arms) {
      const columns = columnsOf(keyOf(arm.service, arm.role));
      for (const field of fields) columns[field][at] = arm[field] ?? Number.NaN;
    }
    harm[at] = sample.gate?.harm ?? Number.NaN;
    proof[at] = sample.gate?.proof ?? Number.NaN;
    rollouts[at] = sample.gate?.rollout ?? 0;
    if (
      sample.gate !== null &&
      sample.gate.signals.length > 0 &&
      sample.at - (words.at(-1)?.at ?? 0) >= wordsEvery
    ) {
      words.push({ at: sample.at, gate: sample.gate });
      if (words.length > 7_200) words.splice(0, 1_200);
    }
    end += 1;
    last = sample;
  };

  const first = () => Math.max(0, end - capacity);
  const placeOf = (at: number) => {
    let low = first();
    let high = end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle % capacity] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add: (samples) => {
      samples.forEach(addOne);
      for (const each of watchers) each();
    },
    latest: () => last,
    bounds: () => [first(), end],
    timeAt: (place) => times[place % capacity] ?? 0,
    spanAt: (place) => spans[place % capacity] ?? 0,
    valueAt: (service, role, field, place) =>
      arms.get(keyOf(service, role))?.[field][place % capacity] ?? Number.NaN,
    gateAt: (place) => {
      const at = place % capacity;
      return { harm: harm[at] ?? Number.NaN, proof: proof[at] ?? Number.NaN, rollout: rollouts[at] ?? 0 };
    },
    wordsAt: (at) => words.findLast((each) => each.at <= at) ?? words[0] ?? null,
    placeOf,
    subscribe: (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}

const keyOf = (service: string, role: Role) => `${role} ${service}`;
