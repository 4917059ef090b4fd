import {
  effectText,
  nearlyAlways,
  percentText,
  sightSentence,
  type SightInput,
  type StepSight,
  timeText,
} from '#core/power';
import { table } from './table.ts';

/** What is played for whom; no services: for a made-up one. */
export interface Played {
  readonly services: readonly string[];
  readonly input: SightInput;
}

type Shown = Played & { readonly sights: readonly StepSight[] };

/** A column for each step, a row for each effect, and a sentence for each step. */
export function sightLines({ services, input, sights }: Shown): string[] {
  const { requestsPerSecond, errorShare, medianMillis, p95Millis } = input;
  const whose = services.length === 0 ? '' : `${services.join(', ')}: `;
  const [first] = sights;
  if (first === undefined) return [];
  const rows = first.effects.map(({ effect }, row) => [
    effectText(effect),
    ...sights.map(({ effects }) => cell(effects[row]?.found ?? 0, effects[row]?.medianMillis ?? null)),
  ]);
  return [
    `${whose}${requestsPerSecond} requests/s, of which ${percentText(errorShare)} fail; median ${medianMillis} ms, p95 ${p95Millis} ms`,
    '',
    ...table([
      [
        'harm is found',
        ...sights.map(({ step }) => `${percentText(step.weight)} for ${timeText(step.holdMillis)}`),
      ],
      ...rows,
      ['a good release is proven', ...sights.map(({ good }) => cell(good.proven, good.medianMillis))],
    ]).map((line) => `  ${line}`),
    '',
    ...sights.map((sight) => `  ${sightSentence(sight, input)}`),
    '',
    'Median times of simulated releases, by the gate itself; each step alone, with harm from its begin on.',
  ];
}

/** `7 min` where nearly all releases are found, else how many, with the median where there is one. */
function cell(share: number, medianMillis: number | null): string {
  const time = medianMillis === null ? '' : timeText(medianMillis);
  if (share >= nearlyAlways) return time;
  const percent = `${Math.round(100 * share)} %`;
  return time === '' ? percent : `${time} (${percent})`;
}

export function sightData({ services, input, sights }: Shown): unknown {
  const { policy: _, steps: __, ...traffic } = input;
  return {
    services,
    ...traffic,
    steps: sights.map((sight) => {
      const { step, ...rest } = sight;
      return { ...step, ...rest, sentence: sightSentence(sight, input) };
    }),
  };
}
