import { bucketOf, type Evidence, type Tick } from '#core/gate';
import { type Draws, drawAnswers, type Latencies, latenciesOf } from '#core/power';
import { bake, medianMillis, p95Millis, type Scenario } from './scenarios.ts';

/** The stable revision alone, ten minutes before the rollout. */
export function historyOf(scenario: Scenario, draws: Draws): Evidence {
  const expected = scenario.requestsPerSecond * 600;
  const buckets = drawAnswers(draws, shifted(0), expected * (1 - scenario.errorShare));
  const failures = draws.poisson(expected * scenario.errorShare);
  return evidence(failures, buckets);
}

/** One rollout, second by second. */
export function* trafficOf(scenario: Scenario, draws: Draws): Generator<Tick> {
  const weather = weatherOf(scenario, draws);
  const hiccup = scenario.hiccup === undefined ? null : 60 + Math.floor(draws.uniform() * 1_600);
  const { harm = {}, replicas } = scenario;
  for (let second = 0; second < bake; second += 1) {
    const weight = scenario.weights.findLast(({ from }) => second >= from)?.share ?? 0;
    const sick = second >= (harm.onset ?? 0);
    const factor = weather.errorFactor[second] ?? 1;
    const added = weather.errorsAdded[second] ?? 0;
    const failing = Math.min(0.95, scenario.errorShare * factor + added);
    const failingCanary = Math.min(
      0.98,
      scenario.errorShare * factor * (sick ? (harm.errorFactor ?? 1) : 1) +
        added +
        (sick ? (harm.errorsAdded ?? 0) : 0),
    );
    const slow = weather.slower[second] ?? 0;
    const rate = scenario.requestsPerSecond;
    const each = Array.from({ length: replicas }, () =>
      arm(scenario, draws, (rate * (1 - weight)) / replicas, failing, shifted(slow)),
    );
    const law = sick ? shifted(slow + Math.log(harm.slower ?? 1), harm.tail) : shifted(slow);
    const canary = arm(scenario, draws, rate * weight, failingCanary, law);
    const inHiccup = hiccup !== null && second >= hiccup && second < hiccup + (scenario.hiccup ?? 0);
    yield {
      at: second + 1,
      stable: sum(each),
      canary: inHiccup ? halfFailed(canary, draws) : canary,
      replicas: each,
    };
  }
}

function arm(
  { clumps, stalls }: Scenario,
  draws: Draws,
  rate: number,
  failing: number,
  law: Latencies,
): Evidence {
  let failures = 0;
  if (clumps === undefined) failures = draws.poisson(rate * failing);
  else
    for (let left = draws.poisson((rate * failing) / clumps); left > 0; left -= 1)
      failures += draws.geometric(clumps);
  const buckets = drawAnswers(draws, law, rate * (1 - failing));
  return evidence(failures, stalls && draws.uniform() < 1 / 90 ? stalled(buckets, draws, rate) : buckets);
}

/** Two fifths of the answers of a second, the quickest ones, take 600 ms. */
function stalled(buckets: readonly number[], draws: Draws, rate: number): number[] {
  let left = draws.poisson(rate * 0.4);
  const at = bucketOf(600);
  const moved = Array.from({ length: Math.max(buckets.length, at + 1) }, (_, i) => buckets[i] ?? 0);
  for (let i = 0; i < at && left > 0; i += 1) {
    const taken = Math.min(left, moved[i] ?? 0);
    moved[i] = (moved[i] ?? 0) - taken;
    moved[at] = (moved[at] ?? 0) + taken;
    left -= taken;
  }
  return moved;
}

function halfFailed({ requests, failures, buckets }: Evidence, draws: Draws): Evidence {
  const kept = buckets.map((count) => {
    let stays = 0;
    for (let i = 0; i < count; i += 1) if (draws.uniform() < 0.5) stays += 1;
    return stays;
  });
  const lost = total(buckets) - total(kept);
  return { requests, failures: failures + lost, buckets: kept };
}

/** What both revisions share, for each second: factor and addend of the error share, logarithm of the slowdown. */
function weatherOf({ noisy, sharedTrouble }: Scenario, draws: Draws) {
  const errorFactor = Array.from({ length: bake }, () => 1);
  const errorsAdded = Array.from({ length: bake }, () => 0);
  const slower = Array.from({ length: bake }, () => 0);
  if (noisy) {
    const memory = Math.exp(-1 / 120);
    const fresh = Math.sqrt(1 - memory * memory);
    let [x, y] = [draws.normal(), draws.normal()];
    for (let t = 0; t < bake; t += 1) {
      x = memory * x + fresh * draws.normal();
      y = memory * y + fresh * draws.normal();
      errorFactor[t] = Math.exp(0.3 * x - 0.045);
      slower[t] = 0.06 * y;
    }
    for (let blips = draws.poisson(2); blips > 0; blips -= 1) {
      const from = Math.floor(draws.uniform() * bake);
      const until = Math.min(bake, from + 15 + draws.exponential(45));
      const [added, slowdown] = [0.01 * 30 ** draws.uniform(), draws.uniform() * Math.log(3)];
      for (let t = from; t < until; t += 1) {
        errorsAdded[t] = (errorsAdded[t] ?? 0) + added;
        slower[t] = (slower[t] ?? 0) + slowdown;
      }
    }
  }
  if (sharedTrouble)
    for (let t = sharedTrouble.from; t < bake; t += 1)
      errorsAdded[t] = (errorsAdded[t] ?? 0) + sharedTrouble.share;
  return { errorFactor, errorsAdded, slower };
}

const laws = new Map<string, Latencies>();

/** The usual latencies, slower by a factor given as its logarithm (rounded to 1 %, so that the laws can be kept). */
function shifted(logFactor: number, tail?: { share: number; millis: number }): Latencies {
  const hundredths = Math.round(logFactor * 100);
  const key = JSON.stringify([hundredths, tail]);
  const known = laws.get(key);
  if (known) return known;
  const factor = Math.exp(hundredths / 100);
  const law = latenciesOf({ medianMillis, p95Millis, factor, ...(tail ? { tail } : {}) });
  laws.set(key, law);
  return law;
}

const total = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

const evidence = (failures: number, buckets: readonly number[]): Evidence => ({
  requests: failures + total(buckets),
  failures,
  buckets,
});

/** Evidence of several sources together. */
export function sum(parts: readonly Evidence[]): Evidence {
  const length = Math.max(0, ...parts.map(({ buckets }) => buckets.length));
  const buckets = Array.from({ length: length }, () => 0);
  let failures = 0;
  for (const part of parts) {
    failures += part.failures;
    for (let i = 0; i < part.buckets.length; i += 1) buckets[i] = (buckets[i] ?? 0) + (part.buckets[i] ?? 0);
  }
  return evidence(failures, buckets);
}
