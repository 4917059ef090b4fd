import { addToMixture, type Mixture, type MixtureSettings, openMixture } from './mixture.ts';

/** Unasked ends of canary replicas over a whole rollout: plain JSON, never reset. */
export interface CrashEvidence {
  readonly falls: number;
  readonly replicaSeconds: number;
  readonly stable: Exposure;
  readonly mixture: Mixture;
}

export interface Exposure {
  readonly falls: number;
  readonly replicaSeconds: number;
}

/** What happened since the tick before: `at` is its end, in seconds since the canary first ran. */
export interface CrashTick extends Exposure {
  readonly at: number;
  /** Of the stable replicas in the same time, where it is known. */
  readonly stable?: Exposure;
}

const day = 86_400;
/** A stable arm is believed to fall often only after it was watched for about so long. */
const stableShrinkage = 3_600;
const alternatives = [5, 25, 100] as const;
const settings: MixtureSettings = {
  restartShare: 0.1,
  restartScale: 1_800,
  block: 10,
  blockCap: Number.POSITIVE_INFINITY,
};

export function openCrashes(): CrashEvidence {
  return {
    falls: 0,
    replicaSeconds: 0,
    stable: { falls: 0, replicaSeconds: 0 },
    mixture: openMixture(alternatives.length, settings),
  };
}

/**
 * H0: a canary replica falls at most once a day, or as often as a stable one does if that is more. With falls a Poisson process
 * of rate λ under H0, the likelihood ratio of the rate g λ over a tick of T replica-seconds with x falls is
 *
 *     log e = x ln g − λ (g − 1) T          g in {5, 25, 100}
 *
 * Two falls of a fresh canary fail a release, one is tolerated (machines do fall), because of these numbers: with a weight of 0.1
 * in the harm and nine tenths of the wealth on an onset at 0, one fall at once is worth 0.1 · 0.9 · (5 + 25 + 100)/3 = 3.9, which
 * with the 0.9 of signals that say nothing stays below the 5 from which nothing passes; two are worth 319 of the 100 asked for.
 * That fades with the time that passes without a fall: two falls within about 960 replica-seconds (a canary of three, five
 * minutes) fail the release, later ones take a third. A block gains without a cap here: a fall is one event, not a burst, and
 * a canary that falls twice within ten seconds is as broken as one that takes a minute for it. A tenth of the wealth bets on a
 * later onset, so that a crash loop after hours is found too.
 */
export function addCrashes(state: CrashEvidence, tick: CrashTick): CrashEvidence {
  const stable = {
    falls: state.stable.falls + (tick.stable?.falls ?? 0),
    replicaSeconds: state.stable.replicaSeconds + (tick.stable?.replicaSeconds ?? 0),
  };
  const rate = Math.max(1 / day, stable.falls / (stable.replicaSeconds + stableShrinkage));
  const increments = alternatives.map((g) => tick.falls * Math.log(g) - rate * (g - 1) * tick.replicaSeconds);
  return {
    falls: state.falls + tick.falls,
    replicaSeconds: state.replicaSeconds + tick.replicaSeconds,
    stable,
    mixture: addToMixture(state.mixture, increments, tick.at, settings),
  };
}
