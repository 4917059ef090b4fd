import { ceilingIncrements, ceilingOdds } from './ceiling.ts';
import { proofsAsked } from './proven.ts';
import { errorRatios, ratioIncrements } from './error-ratio.ts';
import type { Look, ServiceInput } from './input.ts';
import { isStableGone } from './state.ts';
import type { Estimate } from './verdict.ts';
import { about, count, share } from './words.ts';

/** What it would take to know more, of the service that takes longest; null where the evidence points nowhere. */
export function estimate(services: readonly ServiceInput[], look: Look): Estimate | null {
  const wanted = services
    .filter(({ stepping }) => stepping)
    .flatMap((input) => {
      const requests = requestsWanted(input, look);
      return requests === null || requests <= 0 ? [] : [{ input, requests: Math.ceil(requests) }];
    })
    .map(({ input, requests }) => ({
      input,
      requests,
      seconds: input.rate !== null && input.rate > 0 ? requests / input.rate : null,
    }));
  const [longest] = wanted.sort(
    (a, b) => (b.seconds ?? Infinity) - (a.seconds ?? Infinity) || b.requests - a.requests,
  );
  if (longest === undefined) return null;
  const { input, requests, seconds } = longest;
  const time = seconds === null ? '' : `, ${about(seconds)} at the present rate`;
  const more = `${input.service}: about ${count(requests)} canary requests more${time}`;
  return { requests, seconds, sentence: `${more}; ${visible(input, requests, look)}` };
}

/**
 * What is missing to the minimum; after that the mean growth of a log e-value per canary request tells when it reaches its
 * threshold: that of harm where this service is suspected, else that of the weakest proof.
 */
function requestsWanted(
  { service, comparison, step }: ServiceInput,
  { policy, settings, harm }: Look,
): number | null {
  const { canary, stable } = comparison;
  const proofs = proofsAsked(comparison);
  const ofCanary = policy.minimumRequests - step.canary.requests;
  const ofStable = isStableGone(comparison, settings) ? 0 : policy.minimumRequests - stable.requests;
  // Both arms answer at once: what the stable one lacks comes with so many requests of the canary.
  const meanwhile = stable.requests === 0 ? 0 : (ofStable * canary.requests) / stable.requests;
  const missing = Math.max(ofCanary, meanwhile);
  if (missing > 0) return missing;
  const isSuspect = harm.largest.name !== 'crashes' && harm.largest.subject === service;
  if (isSuspect && harm.combined >= Math.log(settings.suspicion)) {
    return untilReached(harm.combined, Math.log(1 / settings.alpha), canary.requests);
  }
  const proof = Math.log(1 / settings.beta);
  const errors = proofs.errors.map(({ logE, stands }) =>
    stands ? 0 : untilReached(logE, proof, canary.requests),
  );
  const latency = proofs.latency.map(({ logE, stands }) =>
    stands ? 0 : untilReached(logE, proof, canary.requests),
  );
  if (latency.includes(null) || errors.every((each) => each === null)) return null;
  return Math.max(Math.min(...errors.map((each) => each ?? Infinity)), ...latency.map((each) => each ?? 0));
}

function untilReached(logE: number, threshold: number, requests: number): number | null {
  return logE <= 0 || requests === 0 ? null : Math.max(0, threshold - logE) / (logE / requests);
}

/** The effect on errors that so many more requests of the canary would show. */
function visible(
  { service, comparison }: ServiceInput,
  requests: number,
  { settings, harm, policy }: Look,
): string {
  const { baseline, canary, stable } = comparison;
  const gone = isStableGone(comparison, settings);
  const base = (baseline.failures + 0.5) / (baseline.requests + 100);
  const seen = visibleErrorShare({
    canary: canary.requests + requests,
    stablePerCanary: gone || canary.requests === 0 ? 0 : stable.requests / canary.requests,
    base: gone ? policy.errorShare / 100 : base,
    evidence: 1 / settings.alpha,
    weight: harm.terms.find(({ name, subject }) => name === 'errors' && subject === service)?.weight ?? 1,
  });
  if (seen === null) return 'too few to tell harm from chance';
  const beside = gone ? `declared ${policy.errorShare} %` : `stable ${share(base)}`;
  return `with them an error share of ${share(seen)} or more would show (${beside})`;
}

/**
 * The smallest share of errors (0 to 1) whose expected log e-value reaches the threshold with so many canary requests, found
 * in steps of a tenth: about half of the canaries with it are found by then. Null: not even total failure would be.
 */
export function visibleErrorShare(plan: {
  readonly canary: number;
  /** Stable requests for each of the canary; 0: none, the base is a ceiling. */
  readonly stablePerCanary: number;
  /** Error share of the stable arm. */
  readonly base: number;
  /** E-value that fails a release, and the share of it that errors of this service have. */
  readonly evidence: number;
  readonly weight: number;
}): number | null {
  const { canary, stablePerCanary, base } = plan;
  const alternatives = stablePerCanary === 0 ? ceilingOdds.length : errorRatios.length;
  // Half of the wealth bets on an onset at once; the alternatives share it.
  const wanted = Math.log((plan.evidence * alternatives) / (plan.weight * 0.5));
  for (let seen = Math.min(1, Math.max(base, 1e-4) * 1.1); ; seen = Math.min(1, seen * 1.1)) {
    const own = { hits: canary * seen, trials: canary };
    const stable = { hits: canary * stablePerCanary * base, trials: canary * stablePerCanary };
    const gains =
      stablePerCanary === 0
        ? ceilingIncrements(own, base, 1)
        : ratioIncrements({ stable, canary: own }, 1, 1);
    if (Math.max(...gains) >= wanted) return seen;
    if (seen >= 1) return null;
  }
}
