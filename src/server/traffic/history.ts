import type { GateSample, TrafficSample } from '#api';
import { hours, type Instant, type Millis, minutes, seconds } from '#kernel';
import { merge } from './merge.ts';

/** Samples of one environment, oldest first. */
export interface History {
  add(sample: TrafficSample): void;
  last(): TrafficSample | null;
  /** Those after a moment; signals that are as in the sample before are left out. */
  after(since: number): readonly TrafficSample[];
}

/** So long samples stay as fine as that; a moment later they are part of the next tier. */
interface Tier {
  readonly lasts: Millis;
  /** Samples of one slot become one; 0: each stays as it came. */
  readonly slot: number;
  readonly samples: TrafficSample[];
}

/** Words of a gate are kept so seldom once they are older than the first tier, unless a state has changed. */
const wordsEvery = seconds(15);

/**
 * Two hours in three tiers: two minutes as they came (at most four a second), to a quarter of an hour one each second, then one
 * each five seconds. That is 480 + 780 + 1,260 samples whatever happens, so memory does not grow after two hours, and an answer
 * with all of them needs no further thinning. Steps of a release are never merged with each other.
 */
export function createHistory(): History {
  const fine: Tier = { lasts: minutes(2), slot: 0, samples: [] };
  const middle: Tier = { lasts: minutes(15), slot: 1_000, samples: [] };
  const coarse: Tier = { lasts: hours(2), slot: 5_000, samples: [] };
  let told: { readonly at: Instant; readonly gate: GateSample } | null = null;

  function withFewerWords(sample: TrafficSample): TrafficSample {
    const { at, gate } = sample;
    if (gate === null) return sample;
    if (told !== null && isSaid(told.gate, gate) && at - told.at < wordsEvery)
      return { ...sample, gate: { ...gate, signals: [] } };
    told = { at, gate };
    return sample;
  }

  return {
    add(sample) {
      fine.samples.push(sample);
      for (const old of leaving(fine, sample.at)) append(middle, withFewerWords(old));
      for (const old of leaving(middle, sample.at)) append(coarse, old);
      leaving(coarse, sample.at);
    },
    last: () => fine.samples.at(-1) ?? null,
    after(since) {
      const all = [...coarse.samples, ...middle.samples, ...fine.samples];
      const from = all.findIndex(({ at }) => at > since);
      return from < 0 ? [] : withoutRepeats(all, from);
    },
  };
}

/** Takes out what has become too old for a tier. */
function leaving({ samples, lasts }: Tier, now: Instant): readonly TrafficSample[] {
  const from = samples.findIndex(({ at }) => at > now - lasts);
  return from < 0 ? samples.splice(0) : samples.splice(0, from);
}

function append({ samples, slot }: Tier, sample: TrafficSample): void {
  const last = samples.at(-1);
  if (last === undefined || !isOneSlot(last, sample, slot)) samples.push(sample);
  else samples[samples.length - 1] = merge(last, sample);
}

/** A sample belongs to the slot in which it ends. What lies between two samples that do not touch was not looked at. */
function isOneSlot(a: TrafficSample, b: TrafficSample, slot: number): boolean {
  return (
    Math.ceil(a.at / slot) === Math.ceil(b.at / slot) &&
    b.at - b.millis === a.at &&
    a.gate?.rollout === b.gate?.rollout &&
    a.gate?.stage === b.gate?.stage
  );
}

function isSaid(told: GateSample, now: GateSample): boolean {
  return (
    told.rollout === now.rollout &&
    told.verdict === now.verdict &&
    told.signals.length === now.signals.length &&
    told.signals.every(({ state }, i) => state === now.signals[i]?.state)
  );
}

/** The first sample of a rollout has its words in any case, also when `from` lies after those that had them. */
function withoutRepeats(all: readonly TrafficSample[], from: number): readonly TrafficSample[] {
  let rollout: number | null = null;
  let said: GateSample['signals'] = [];
  const told: TrafficSample[] = [];
  let isFirst = true;
  for (const [index, sample] of all.entries()) {
    const { gate } = sample;
    if (gate !== null && gate.rollout !== rollout) {
      rollout = gate.rollout;
      said = [];
      isFirst = true;
    }
    const isNew = gate !== null && gate.signals.length > 0 && gate.signals !== said;
    if (isNew) said = gate.signals;
    if (index < from) continue;
    const signals = isNew || isFirst ? said : [];
    if (gate !== null) isFirst = false;
    told.push(gate === null ? sample : { ...sample, gate: { ...gate, signals } });
  }
  return told;
}
