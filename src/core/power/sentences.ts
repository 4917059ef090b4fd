import type { Effect } from './effects.ts';
import type { EffectSight, SightInput, StepSight } from './sight.ts';

/**
 * One sentence a step, for people: of errors and of slowness the smallest that is found nearly always and the next smaller
 * one, then total failure, and when a good release is proven. Times are medians.
 */
export function sightSentence(
  { step, effects, good }: StepSight,
  { requestsPerSecond }: Pick<SightInput, 'requestsPerSecond'>,
): string {
  const traffic = `${percentText(step.weight)} of ${amount(requestsPerSecond)} requests/s for ${timeText(step.holdMillis)}`;
  const groups = (['errors', 'latency', 'failure'] as const).map((kind) =>
    telling(effects.filter(({ effect }) => effect.kind === kind))
      .map(told)
      .join(', '),
  );
  const proven =
    good.proven >= 0.5 && good.medianMillis !== null
      ? `a good release is proven in ${timeText(good.medianMillis)}`
      : 'a good release is mostly not proven, only not found to be bad';
  const all = [...groups.filter((group) => group !== ''), proven].join('; ');
  return `${traffic}: ${all.replace(/found in (\d+(?:\.\d+)? \w+)/, 'found in $1 (median)')}`;
}

/** The smallest effect from which on all are found nearly always, and the one below it; else the largest. */
function telling(effects: readonly EffectSight[]): readonly EffectSight[] {
  const first = effects.findIndex((_, i) => effects.slice(i).every(({ found }) => found >= nearlyAlways));
  return first === -1 ? effects.slice(-1) : effects.slice(Math.max(0, first - 1), first + 1).reverse();
}

export const nearlyAlways = 0.9;

function told({ effect, found, medianMillis }: EffectSight): string {
  const name = effectText(effect);
  if (found >= nearlyAlways && medianMillis !== null) return `${name} found in ${timeText(medianMillis)}`;
  return found < 0.25 ? `${name} mostly not` : `${name} in ${Math.round(10 * found)} of 10 releases`;
}

export function effectText(effect: Effect): string {
  if (effect.kind === 'errors') return `errors ${percentText(effect.from)} → ${percentText(effect.to)}`;
  if (effect.kind === 'latency') return `answers ${effect.factor} times as slow`;
  return 'total failure';
}

/** 0.001 → `0.1 %`. */
export const percentText = (share: number) => `${amount(100 * share)} %`;

/** 450,000 → `8 min`: whole units, the finer one only where the coarse one would be rough. */
export function timeText(millis: number): string {
  const seconds = Math.max(1, Math.round(millis / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = seconds / 3_600;
  return hours < 48
    ? `${amount(Number(hours.toPrecision(2)))} h`
    : `${amount(Number((hours / 24).toPrecision(2)))} d`;
}

const amount = (value: number) => String(Number(value.toPrecision(4)));
