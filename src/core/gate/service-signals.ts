import { isProven, proofsAsked, worstScore } from './proven.ts';
import { raisedCeilings } from './ceiling.ts';
import { answersOf, type Evidence, slowerThan } from './evidence.ts';
import { knowsLatency } from './harm.ts';
import type { JudgePolicy, Look, ServiceInput } from './input.ts';
import { boundedExp } from './logarithms.ts';
import { isStableGone } from './state.ts';
import type { Arms, Tally } from './tally.ts';
import type { Signal } from './verdict.ts';
import { count, eValue, quantiles, share, shareOf } from './words.ts';

export function serviceSignals(input: ServiceInput, look: Look): readonly Signal[] {
  const errors = harmSignal('errors', input, look);
  const harm = knowsLatency(input.comparison) ? [errors, harmSignal('latency', input, look)] : [errors];
  return input.stepping ? [exposureSignal(input, look), ...harm, noHarmSignal(input, look)] : harm;
}

/** Enough of the canary in this step, and of the stable arm in the rollout, where it is still there. */
function exposureSignal({ service, comparison, step }: ServiceInput, { policy, settings }: Look): Signal {
  const asked = policy.minimumRequests;
  const seen = step.canary.requests;
  const toCompare = isStableGone(comparison, settings) ? asked : comparison.stable.requests;
  const state = seen === 0 && asked > 0 ? 'missing' : seen < asked || toCompare < asked ? 'waiting' : 'good';
  const answered = `${service}: the canary has answered ${count(seen)} requests`;
  const sentence =
    seen < asked
      ? `${answered} in this step and needs ${count(asked - seen)} more`
      : toCompare < asked
        ? `${answered}, but the stable revision only ${count(toCompare)}: it needs ${count(asked - toCompare)} more to be compared with`
        : `${answered} in this step, ${count(asked)} were asked for`;
  return {
    name: 'exposure',
    subject: service,
    state,
    observed: seen,
    limit: asked,
    unit: 'requests',
    sentence,
    evidence: null,
  };
}

type Kind = 'errors' | 'latency';

/**
 * Bad where this is the largest part of a harm that has reached its threshold. Otherwise the declared floor decides, for this
 * step: a canary above it waits. Where the stable arm is above it too, going back would not help, so nothing fails for that
 * alone; it waits until the trouble is over.
 */
function harmSignal(kind: Kind, input: ServiceInput, look: Look): Signal {
  const { service, comparison, step } = input;
  const gone = isStableGone(comparison, look.settings);
  const here = tally(kind, step, look.policy);
  const limit = kind === 'errors' ? look.policy.errorShare : look.policy.slowShare;
  const observed = here.canary.trials === 0 ? 0 : (100 * here.canary.hits) / here.canary.trials;
  const isAbove = observed > limit;
  const harm = harmState(kind, service, look);
  const all = tally(kind, comparison, look.policy);
  return {
    name: kind,
    subject: service,
    state: harm.state === 'good' && isAbove ? 'waiting' : harm.state,
    observed,
    limit,
    unit: 'percent',
    sentence:
      harm.state === 'good' && isAbove
        ? `${service}: ${aboveFloor(kind, here, limit, look.policy, gone)}`
        : `${service}: ${compared(kind, all, input, look, gone)}; evidence ${harm.text}`,
    evidence: {
      value: harm.value,
      against: 1 / look.settings.alpha,
      canary: all.canary,
      stable: gone ? null : all.stable,
    },
  };
}

/** What the share of one signal in the harm of the release means for it. */
export function harmState(name: Signal['name'], subject: string, { harm, settings }: Look) {
  const { largest, terms, combined } = harm;
  const isLargest = largest.name === name && largest.subject === subject;
  const own = terms.find((term) => term.name === name && term.subject === subject)?.logShare;
  const against = count(1 / settings.alpha);
  const whole = boundedExp(combined);
  if (isLargest && combined >= Math.log(1 / settings.alpha)) {
    return { state: 'bad', value: whole, text: `${eValue(whole)} against ${against}` } as const;
  }
  const value = boundedExp(own ?? Number.NEGATIVE_INFINITY);
  if (isLargest && combined >= Math.log(settings.suspicion)) {
    const text = `${eValue(whole)} against ${against}, and from ${settings.suspicion} on nothing passes`;
    return { state: 'waiting', value, text } as const;
  }
  return { state: 'good', value, text: `${eValue(value)} against ${against}` } as const;
}

function tally(kind: Kind, arms: { stable: Evidence; canary: Evidence }, policy: JudgePolicy): Arms {
  const of = (evidence: Evidence): Tally =>
    kind === 'errors'
      ? { hits: evidence.failures, trials: evidence.requests }
      : { hits: slowerThan(evidence, policy.slowerThan), trials: answersOf(evidence) };
  return { stable: of(arms.stable), canary: of(arms.canary) };
}

const didWhat = (kind: Kind, { slowerThan: limit }: JudgePolicy) =>
  kind === 'errors' ? 'requests failed' : `answers took over ${count(limit)} ms`;

function aboveFloor(kind: Kind, { stable, canary }: Arms, limit: number, policy: JudgePolicy, gone: boolean) {
  const isShared = stable.trials > 0 && (100 * stable.hits) / stable.trials > limit;
  const why = isShared
    ? `the stable revision is above it as well (${shareOf(stable)}), so going back would not help and the step waits`
    : gone
      ? 'no stable revision answers to compare with'
      : `stable ${shareOf(stable)}`;
  const hits = `${count(canary.hits)} of ${count(canary.trials)} canary ${didWhat(kind, policy)} in this step`;
  return `${hits} (${shareOf(canary)}, floor ${limit} %; ${why})`;
}

function compared(kind: Kind, all: Arms, { comparison }: ServiceInput, look: Look, gone: boolean) {
  const { stable, canary } = all;
  const hits = `${count(canary.hits)} of ${count(canary.trials)} canary ${didWhat(kind, look.policy)}`;
  if (gone) {
    const { ceilings } = look.settings;
    const of = kind === 'errors' ? 'errorShare' : 'slowShare';
    const limit = ceilings === null ? 1 : raisedCeilings(comparison.baseline, ceilings)[of];
    const isRaised = limit > (ceilings?.[of] ?? 1);
    const source = isRaised ? 'three times what the stable revision had,' : 'the declared';
    return `${hits}, held against ${source} ${share(limit)} because no stable revision answers`;
  }
  const both = `${hits}, ${count(stable.hits)} of ${count(stable.trials)} stable ones`;
  if (kind === 'errors') return both;
  return `canary ${quantiles(comparison.canary)}; stable ${quantiles(comparison.stable)}; ${both}`;
}

/** Whether it is proven harmless, which a pass does not need; at the end of a hold three scores are looked at once. */
function noHarmSignal({ service, comparison }: ServiceInput, { settings, over }: Look): Signal {
  const { errors, latency } = proofsAsked(comparison);
  const proven = isProven(comparison, settings, comparison.at);
  const weakest = boundedExp(
    Math.min(Math.max(...errors.map(({ logE }) => logE)), ...latency.map(({ logE }) => logE)),
  );
  const against = 1 / settings.beta;
  const score = worstScore(comparison);
  const isOdd = over && !proven && score > settings.deadlineScore;
  const proof = `${eValue(weakest)} of ${count(against)}`;
  const sentence = proven
    ? `${service}: harm beyond the margins is excluded (evidence ${proof})`
    : isOdd
      ? `${service}: the canary is worse by ${score.toFixed(1)} standard deviations where ${settings.deadlineScore} pass at the end of a hold`
      : `${service}: that it does no harm is not proven so far (evidence ${proof})`;
  return {
    name: 'noHarm',
    subject: service,
    state: isOdd ? 'waiting' : 'good',
    observed: score,
    limit: settings.deadlineScore,
    unit: 'none',
    sentence,
    evidence: {
      value: weakest,
      against,
      canary: { hits: comparison.canary.failures, trials: comparison.canary.requests },
      stable: { hits: comparison.stable.failures, trials: comparison.stable.requests },
    },
  };
}
