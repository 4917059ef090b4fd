import type { JudgePolicy } from '#core/gate';
import { seededRandom } from '#kernel';
import { drawsFrom } from './draws.ts';
import { type Effect, effectsOf } from './effects.ts';
import { type Hold, holdOnce } from './hold.ts';

/** What the traffic of a service usually is, both revisions together, and the steps of a release. */
export interface SightInput {
  readonly requestsPerSecond: number;
  /** Share (0 to 1) of the requests that fail. */
  readonly errorShare: number;
  readonly medianMillis: number;
  readonly p95Millis: number;
  readonly steps: readonly SightStep[];
  readonly policy: JudgePolicy;
}

export interface SightStep {
  /** Share (0 to 1) of the requests that the new revision gets. */
  readonly weight: number;
  readonly holdMillis: number;
}

/** What one step can see. */
export interface StepSight {
  readonly step: SightStep;
  /** Requests of the canary in the whole hold, on average. */
  readonly requests: number;
  readonly effects: readonly EffectSight[];
  readonly good: GoodSight;
}

export interface EffectSight {
  readonly effect: Effect;
  /** Share (0 to 1) of the simulated releases with this effect in which the step found harm. */
  readonly found: number;
  /** Milliseconds from the begin of the step, over all of them; null where fewer than half were found. */
  readonly medianMillis: number | null;
}

/** The same for a release without harm. */
export interface GoodSight {
  /** Share (0 to 1) that the step proved harmless before its end. */
  readonly proven: number;
  readonly medianMillis: number | null;
  /** Share (0 to 1) that was failed by mistake. */
  readonly failed: number;
}

/**
 * Tells before any release what each step of it can see, by playing holds with random traffic through the gate itself. Each
 * step stands for itself: the harm begins with it, and nothing is known from the steps before. Requests fail independently
 * of each other here; where errors come in clumps the gate is more careful, and slower. The same input gives the same
 * answer. Shares are within about 0.15 of the truth: this is for choosing weights and holds, not for promises.
 */
export function sightOf(input: SightInput): readonly StepSight[] {
  const effects = effectsOf(input);
  return input.steps.map((step) => {
    const hold: Hold = { ...input, ...step };
    const ends = play(hold, null);
    return {
      step,
      requests: (input.requestsPerSecond * step.weight * step.holdMillis) / 1_000,
      effects: effects.map((effect) => {
        const runs = play(hold, effect);
        const { share, medianMillis } = reached(runs.map(({ foundAt }) => foundAt));
        return { effect, found: share, medianMillis };
      }),
      good: {
        ...provenOf(reached(ends.map(({ provenAt }) => provenAt))),
        failed: reached(ends.map(({ foundAt }) => foundAt)).share,
      },
    };
  });
}

/** Few where they all say the same, more where they do not. */
const fewRuns = 10;
const manyRuns = 30;

function play(hold: Hold, effect: Effect | null) {
  const draws = drawsFrom(seededRandom(20_260_101));
  const runs = Array.from({ length: fewRuns }, () => holdOnce(hold, effect, draws));
  const found = runs.filter(({ foundAt }) => foundAt !== null).length;
  if (effect !== null && (found === 0 || found === fewRuns)) return runs;
  while (runs.length < manyRuns) runs.push(holdOnce(hold, effect, draws));
  return runs;
}

function reached(seconds: readonly (number | null)[]): { share: number; medianMillis: number | null } {
  const times = seconds.filter((at) => at !== null).sort((a, b) => a - b);
  const median = times[Math.floor(seconds.length / 2)];
  return {
    share: times.length / seconds.length,
    medianMillis: median === undefined ? null : median * 1_000,
  };
}

const provenOf = ({ share, medianMillis }: ReturnType<typeof reached>) => ({ proven: share, medianMillis });
