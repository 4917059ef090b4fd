import {
  addEvidence,
  type Comparison,
  compare,
  type Evidence,
  type JudgePolicy,
  judge,
  noEvidence,
  openComparison,
  openCrashes,
  settingsOf,
} from '#core/gate';
import type { Draws } from './draws.ts';
import type { Effect } from './effects.ts';
import { drawAnswers, type Latencies, latenciesOf } from './latencies.ts';
import { isWorthJudging } from './look.ts';

/** One step of a release, as it is played. */
export interface Hold {
  readonly requestsPerSecond: number;
  readonly errorShare: number;
  readonly medianMillis: number;
  readonly p95Millis: number;
  readonly weight: number;
  readonly holdMillis: number;
  readonly policy: JudgePolicy;
}

/** Seconds since the begin of the hold; null: it did not happen. */
export interface HoldEnd {
  readonly foundAt: number | null;
  readonly provenAt: number | null;
}

/** Seconds of the stable revision's traffic that the gate knows beforehand. */
const historySeconds = 600;

/** Plays one hold with random traffic through the gate; it ends when harm is found or excluded, or with its time. */
export function holdOnce(hold: Hold, effect: Effect | null, draws: Draws): HoldEnd {
  const settings = settingsOf(hold.policy);
  const { requestsPerSecond: rate, weight, errorShare } = hold;
  const usual = latenciesOf(hold);
  const failing = effect?.kind === 'errors' ? effect.to : effect?.kind === 'failure' ? 1 : errorShare;
  const slower = effect?.kind === 'latency' ? latenciesOf({ ...hold, factor: effect.factor }) : usual;
  let comparison = openComparison(draw(draws, usual, rate * historySeconds, errorShare), settings);
  let step = { canary: noEvidence, stable: noEvidence };
  let before = 0;
  for (const at of ticksOf(hold.holdMillis / 1_000)) {
    const seconds = at - before;
    before = at;
    const stable = draw(draws, usual, rate * (1 - weight) * seconds, errorShare);
    const canary = draw(draws, slower, rate * weight * seconds, failing);
    comparison = compare(comparison, { at, stable, canary, replicas: [] }, settings);
    step = { canary: addEvidence(step.canary, canary), stable: addEvidence(step.stable, stable) };
    if (!isWorthJudging(comparison, settings)) continue;
    const verdict = judged(comparison, step, hold.policy);
    if (verdict.kind === 'fail') return { foundAt: at, provenAt: null };
    if (verdict.kind === 'pass' && verdict.because === 'proven') return { foundAt: null, provenAt: at };
  }
  return { foundAt: null, provenAt: null };
}

const noCrashes = openCrashes();

function judged(comparison: Comparison, step: { canary: Evidence; stable: Evidence }, policy: JudgePolicy) {
  const service = { service: '', stepping: true, comparison, step, rate: null };
  return judge(
    { services: [service], crashes: noCrashes, checks: [], over: false },
    { ...policy, checks: [] },
  );
}

function draw(draws: Draws, latencies: Latencies, requests: number, failing: number): Evidence {
  const failures = draws.poisson(requests * failing);
  const buckets = drawAnswers(draws, latencies, requests * (1 - failing));
  return { requests: failures + buckets.reduce((sum, count) => sum + count, 0), failures, buckets };
}

/**
 * Ends of the looks, in seconds: each ten seconds at first, as the gate's evidence cannot grow faster, then each tenth of
 * the time that has passed. What was not found until then grows slowly, so longer looks lose little; and a hold of a day is
 * played with fewer than ninety looks.
 */
export function ticksOf(holdSeconds: number): readonly number[] {
  const ends: number[] = [];
  for (let at = 0; at < holdSeconds; ) {
    at = Math.min(holdSeconds, at + Math.max(10, 10 * Math.floor(at / 100)));
    ends.push(at);
  }
  return ends;
}
