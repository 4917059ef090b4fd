import { describe, expect, it } from 'vitest';
import {
  compare,
  harmOf,
  type JudgePolicy,
  judge,
  noEvidence,
  openComparison,
  openCrashes,
  settingsOf,
  type Tick,
} from '#core/gate';
import { drawsFrom } from '#core/power';
import { millis, percent, seededRandom } from '#kernel';
import { bounds } from '../../bench/gate/intervals.ts';
import { goodRelease, type Law } from './traffic.ts';

/**
 * The gate promises: of a hundred releases with nothing wrong, at most one is rolled back, however often it looks. Here it
 * judges many of them, and the share that it rolled back is held against the promise by its exact confidence interval.
 */
const budget = 0.01;
/** Of a gate that keeps its promise the interval lies above it with one seed of a thousand; of a broken one it has to. */
const confidence = { kept: 0.998, broken: 0.95 };

const policy: JudgePolicy = {
  errorShare: percent(50),
  slowerThan: millis(60_000),
  slowShare: percent(50),
  minimumRequests: 100,
  falseAlarms: percent(100 * budget),
  checks: [],
};

describe('of releases with nothing wrong, at most the promised share is rolled back', () => {
  // What both revisions share cancels, so the promise is exact for the first two. Bursts are allowed for by what was measured of
  // them, which is right on average only.
  it.each<[Law, number, number]>([
    ['independent', 200, 0.04],
    ['autocorrelated', 200, 0.04],
    ['bursty', 250, 0.05],
  ])(
    'where requests are %s',
    (law, runs, most) => {
      const { alarms, interval } = falseAlarms(law, runs, policy, confidence.kept);
      expect(interval.lower, `${alarms} of ${runs}`).toBeLessThanOrEqual(budget);
      expect(interval.upper, `${alarms} of ${runs}`).toBeLessThan(most);
    },
    300_000,
  );
});

describe('this test can fail', () => {
  it('finds out a gate that was given half of all releases as its budget', () => {
    const broken = { ...policy, falseAlarms: percent(50) };
    const { alarms, interval } = falseAlarms('independent', 300, broken, confidence.broken);
    expect(interval.lower, `${alarms} of 300`).toBeGreaterThan(budget);
  }, 300_000);

  it('finds out a gate that is told bursts were independent', () => {
    const { alarms, interval } = falseAlarms('bursty', 60, policy, confidence.broken, 'blind');
    expect(interval.lower, `${alarms} of 60`).toBeGreaterThan(budget);
  }, 300_000);
});

/** Plays many good releases; `blind`: the gate does not see the replicas, so it cannot measure how far bursts reach. */
function falseAlarms(
  law: Law,
  runs: number,
  judged: JudgePolicy,
  confidence: number,
  sight: 'blind' | 'whole' = 'whole',
) {
  let alarms = 0;
  for (let run = 0; run < runs; run += 1) if (isFailed(law, run, judged, sight)) alarms += 1;
  return { alarms, interval: bounds(alarms, runs, confidence) };
}

function isFailed(law: Law, seed: number, judged: JudgePolicy, sight: 'blind' | 'whole'): boolean {
  const draws = drawsFrom(seededRandom(7_919 * (seed + 1)));
  const settings = settingsOf(judged);
  const seen = (tick: Tick): Tick => (sight === 'whole' ? tick : { ...tick, replicas: [] });
  let comparison = openComparison(null, settings);
  // Ten minutes of the old revision alone, from which the gate knows how it usually is.
  for (const tick of goodRelease(law, draws))
    comparison = compare(comparison, { ...seen(tick), at: 0, canary: noEvidence }, settings);
  for (const tick of goodRelease(law, draws)) {
    comparison = compare(comparison, seen(tick), settings);
    // Harm is a weighted mean of e-values: where each is below the threshold nothing is failed, which need not be asked.
    const { errors, latency } = harmOf(comparison);
    if (Math.max(errors, latency) < Math.log(1 / settings.alpha)) continue;
    const service = { service: 'shop', stepping: true, comparison, step, rate: null };
    const input = { services: [service], crashes: openCrashes(), checks: [], over: false };
    if (judge(input, judged).kind === 'fail') return true;
  }
  return false;
}

const step = { canary: noEvidence, stable: noEvidence };
