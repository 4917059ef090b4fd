import type { GatePolicy } from '#core/system';
import { type Evidence, noEvidence, quantile, slowerThan } from './evidence.ts';
import { chanceOfAtLeast } from './tail.ts';
import type { Signal, Verdict } from './verdict.ts';

export interface GateInput {
  /** Services with a canary that answers requests. */
  readonly arms: readonly {
    readonly service: string;
    /** Whether this step asks for evidence of it; harm is looked for either way. */
    readonly stepping: boolean;
    readonly canary: Evidence;
    readonly stable: Evidence | null;
  }[];
  /** The last result of each check the policy names; a check without a result in this step is absent. */
  readonly checks: readonly { readonly name: string; readonly green: boolean; readonly detail: string }[];
  /** Exits of canary replicas that nobody asked for, over the whole rollout. */
  readonly crashes: number;
}

/**
 * A share counts as above its floor when chance would show so many hits this rarely. Small, because the gate looks again
 * and again: each look is another chance of being unlucky.
 */
const surprise = 0.001;

/** A canary may fall once (machines do); a second fall is the release. */
const toleratedCrashes = 1;

/**
 * Counts in, verdict with its explanation out. Harm is looked for first and needs no minimum: a share of errors or of
 * slow answers is bad once chance hardly explains it at the declared floor. A pass needs the declared
 * number of requests, shares within the floors, and a green result of every named check.
 */
export function judge(input: GateInput, policy: GatePolicy): Verdict {
  const signals = [
    crashSignal(input.crashes),
    ...input.arms.flatMap((arm) => armSignals(arm, policy)),
    ...policy.checks.map((name) => checkSignal(name, input.checks)),
  ];
  const because = signals.find((signal) => signal.state === 'bad');
  if (because) return { kind: 'fail', because, signals };
  const needs = signals.filter((signal) => signal.state !== 'good').map((signal) => signal.sentence);
  if (signals.some((signal) => signal.state === 'missing')) return { kind: 'notMeasured', needs, signals };
  if (needs.length > 0) return { kind: 'inconclusive', needs, signals };
  return { kind: 'pass', signals };
}

function crashSignal(crashes: number): Signal {
  const bad = crashes > toleratedCrashes;
  return {
    name: 'crashes',
    subject: 'canary',
    state: bad ? 'bad' : 'good',
    observed: crashes,
    limit: toleratedCrashes,
    unit: 'crashes',
    sentence: `canary processes ended unasked ${crashes} times; ${toleratedCrashes} is tolerated`,
  };
}

function armSignals(arm: GateInput['arms'][number], policy: GatePolicy): Signal[] {
  const harm = [errorSignal(arm, policy), latencySignal(arm, policy)];
  return arm.stepping ? [exposureSignal(arm, policy), ...harm] : harm;
}

function exposureSignal({ service, canary }: GateInput['arms'][number], policy: GatePolicy): Signal {
  const missing = policy.minimumRequests - canary.requests;
  return {
    name: 'exposure',
    subject: service,
    state: canary.requests === 0 && missing > 0 ? 'missing' : missing > 0 ? 'waiting' : 'good',
    observed: canary.requests,
    limit: policy.minimumRequests,
    unit: 'requests',
    sentence:
      missing > 0
        ? `${service}: the canary has answered ${canary.requests} requests and needs ${missing} more`
        : `${service}: the canary has answered ${canary.requests} requests, ${policy.minimumRequests} were asked for`,
  };
}

function errorSignal({ service, canary, stable }: GateInput['arms'][number], policy: GatePolicy): Signal {
  const compared = stable === null ? '' : `; stable ${share(stable.failures, stable.requests)}`;
  return {
    ...floor(
      canary.failures,
      canary.requests,
      policy.errorShare,
      stable && { hits: stable.failures, trials: stable.requests },
    ),
    name: 'errors',
    subject: service,
    sentence: `${service}: ${canary.failures} of ${canary.requests} canary requests failed (${share(canary.failures, canary.requests)}, floor ${policy.errorShare} %${compared})`,
  };
}

function latencySignal({ service, canary, stable }: GateInput['arms'][number], policy: GatePolicy): Signal {
  const answers = answersOf(canary);
  const slow = slowerThan(canary, policy.slowerThan);
  return {
    ...floor(
      slow,
      answers,
      policy.slowShare,
      stable && { hits: slowerThan(stable, policy.slowerThan), trials: answersOf(stable) },
    ),
    name: 'latency',
    subject: service,
    sentence: `${service}: ${slow} of ${answers} canary answers took over ${policy.slowerThan} ms (${share(slow, answers)}, floor ${policy.slowShare} %; p95 ${p95(canary)}, stable ${p95(stable ?? noEvidence)})`,
  };
}

/**
 * Bad when surely above the floor, good at or below it, waiting for more requests in between. Where the stable arm is
 * above the floor itself, the trouble is not the release's: going back would not help, so the canary is bad only when it is
 * surely twice as bad, and the step waits until the trouble is over.
 */
function floor(
  hits: number,
  trials: number,
  limit: number,
  stable: { readonly hits: number; readonly trials: number } | null,
): Pick<Signal, 'state' | 'observed' | 'limit' | 'unit'> {
  const observed = trials === 0 ? 0 : (100 * hits) / trials;
  const shared = stable === null || stable.trials === 0 ? 0 : (100 * stable.hits) / stable.trials;
  const harm = shared > limit ? Math.min(100, 2 * shared) : limit;
  const surely = chanceOfAtLeast(hits, trials, harm / 100) < surprise;
  return { state: surely ? 'bad' : observed > limit ? 'waiting' : 'good', observed, limit, unit: 'percent' };
}

const answersOf = (evidence: Evidence) => evidence.buckets.reduce((sum, count) => sum + count, 0);

function checkSignal(name: string, checks: GateInput['checks']): Signal {
  const result = checks.find((check) => check.name === name);
  const state = result === undefined ? 'missing' : result.green ? 'good' : 'bad';
  const sentence =
    result === undefined
      ? `check ${name} has no result in this step yet`
      : `check ${name} is ${result.green ? 'green' : 'red'}: ${result.detail}`;
  return {
    name: 'check',
    subject: name,
    state,
    observed: state === 'good' ? 1 : 0,
    limit: 1,
    unit: 'none',
    sentence,
  };
}

const share = (hits: number, trials: number) =>
  trials === 0 ? 'none' : `${((100 * hits) / trials).toFixed(2)} %`;

function p95(evidence: Evidence): string {
  const value = quantile(evidence, 0.95);
  return value === null ? 'none' : Number.isFinite(value) ? `≤ ${value} ms` : 'over 60 s';
}
