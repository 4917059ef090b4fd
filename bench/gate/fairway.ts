import {
  addEvidence,
  compare,
  type Evidence,
  type JudgePolicy,
  judge,
  noEvidence,
  openComparison,
  openCrashes,
  settingsOf,
  type Tick,
  type Verdict,
} from '#core/gate';
import { isWorthJudging } from '#core/power';
import { millis, percent } from '#kernel';
import { bake } from './scenarios.ts';
import { sum } from './traffic.ts';

/** What our gate decided, and when. */
export interface Decision {
  readonly verdict: 'rollback' | 'promote' | 'held';
  readonly at: number;
}

/** The product's own gate, looking every so many seconds; it measures the dispersion itself, from the replicas it sees. */
export function openFairway(history: Evidence, everySeconds: number, toTheEnd: boolean) {
  const settings = settingsOf(policy);
  let comparison = openComparison(history, settings);
  let step = { canary: noEvidence, stable: noEvidence };
  let pending: Tick[] = [];
  return {
    /** Takes the next second; null while nothing is decided. */
    look(second: Tick): Decision | null {
      pending.push(second);
      if (second.at % everySeconds !== 0) return null;
      const tick = together(pending);
      pending = [];
      comparison = compare(comparison, tick, settings);
      step = {
        canary: addEvidence(step.canary, tick.canary),
        stable: addEvidence(step.stable, tick.stable),
      };
      const over = tick.at >= bake;
      if (!over && !isWorthJudging(comparison, settings)) return null;
      const service = { service: 'service', stepping: true, comparison, step, rate: null };
      const verdict = judge({ services: [service], crashes: noCrashes, checks: [], over }, policy);
      return decisionOf(verdict, tick.at, over, toTheEnd);
    },
  };
}

/**
 * As the published figures were made: 200 requests, ten seconds of warm-up, no tolerance in milliseconds. The declared floors
 * lie out of the way, for they are no comparison.
 */
const policy: JudgePolicy = {
  errorShare: percent(50),
  slowerThan: millis(60_000),
  slowShare: percent(50),
  minimumRequests: 200,
  falseAlarms: percent(1),
  latencyTolerance: millis(0),
  warmUp: millis(10_000),
  checks: [],
};
const noCrashes = openCrashes();

function decisionOf(verdict: Verdict, at: number, over: boolean, toTheEnd: boolean): Decision | null {
  if (verdict.kind === 'fail') return { verdict: 'rollback', at };
  const early = verdict.kind === 'pass' && verdict.because === 'proven' && !toTheEnd;
  if (early || (over && verdict.kind === 'pass')) return { verdict: 'promote', at };
  return over ? { verdict: 'held', at } : null;
}

function together(ticks: readonly Tick[]): Tick {
  const [first, ...rest] = ticks;
  const last = ticks.at(-1);
  if (first === undefined || last === undefined) throw new Error('a look needs a tick');
  if (rest.length === 0) return first;
  return {
    at: last.at,
    stable: sum(ticks.map(({ stable }) => stable)),
    canary: sum(ticks.map(({ canary }) => canary)),
    replicas: first.replicas.map((_, i) => sum(ticks.map(({ replicas }) => replicas[i] ?? noEvidence))),
  };
}
