import { describe, expect, it } from 'vitest';
import { drawsFrom } from '#core/power';
import { wideRandom } from './random.ts';
import { referenceFigures } from './reference-figures.ts';
import { gates, runOnce } from './run-once.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { trafficOf } from './traffic.ts';

const named = (id: string): Scenario => {
  const found = scenarios.find((scenario) => scenario.id === id);
  if (!found) throw new Error(`no scenario is called ${id}`);
  return found;
};
const ticksOf = (id: string, seed = 1) => [...trafficOf(named(id), drawsFrom(wideRandom(seed)))];
const sumOf = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

describe('traffic', () => {
  it('has its declared rate, split and error share', () => {
    const ticks = ticksOf('50 rps 1% clean');
    const canary = sumOf(ticks.map((tick) => tick.canary.requests));
    const stable = sumOf(ticks.map((tick) => tick.stable.requests));
    // 9,000 and 81,000 expected, 95 and 285 standard deviations of the Poisson law: within four of them.
    expect(Math.abs(canary - 9_000)).toBeLessThan(380);
    expect(Math.abs(stable - 81_000)).toBeLessThan(1_140);
    expect(Math.abs(sumOf(ticks.map((tick) => tick.stable.failures)) - 810)).toBeLessThan(114);
  });

  it('is the sum of its replicas', () => {
    for (const { stable, replicas } of ticksOf('good pod stalls, rps 50').slice(0, 200)) {
      expect(replicas).toHaveLength(4);
      expect(sumOf(replicas.map(({ requests }) => requests))).toBe(stable.requests);
      expect(sumOf(replicas.map(({ failures }) => failures))).toBe(stable.failures);
      expect(sumOf(stable.buckets) + stable.failures).toBe(stable.requests);
    }
  });

  it('fails in clumps: the variance of the errors of a second is seven times their mean, not once', () => {
    const inflation = (id: string) => {
      const errors = ticksOf(id).map((tick) => tick.stable.failures);
      const mean = sumOf(errors) / errors.length;
      return sumOf(errors.map((count) => (count - mean) ** 2)) / errors.length / mean;
    };
    expect(inflation('good clumped errors, rps 500')).toBeGreaterThan(5);
    expect(inflation('good clumped errors, rps 500')).toBeLessThan(9);
    expect(inflation('500 rps 1% clean')).toBeLessThan(1.2);
  });

  it('brings harm with its onset, and a hiccup to the canary alone', () => {
    const late = ticksOf('late onset (600 s) x5, rps 50').map((tick) => tick.canary.failures);
    expect(sumOf(late.slice(600)) / 1_200).toBeGreaterThan(3 * (sumOf(late.slice(0, 600)) / 600));
    const hiccup = ticksOf('good canary-only hiccup 10s, rps 50');
    const sick = hiccup.filter(
      ({ canary }) => canary.failures >= 2 && canary.failures > 0.25 * canary.requests,
    );
    expect(sick.length).toBeGreaterThan(3);
    expect(sick.length).toBeLessThan(20);
  });

  it('is the same for the same seed, and another for another', () => {
    const id = '5 rps 1% noisy';
    expect(ticksOf(id, 3)).toEqual(ticksOf(id, 3));
    expect(ticksOf(id, 3)).not.toEqual(ticksOf(id, 4));
  });
});

describe('a run', () => {
  it('ends for every gate, the same way each time', () => {
    const scenario = named('err 50 0.01 x50 clean');
    const endings = runOnce(scenario, 1, 0);
    expect(Object.keys(endings)).toEqual([...gates]);
    expect(runOnce(scenario, 1, 0)).toEqual(endings);
    // Half of the canary's requests fail: everybody who looks finds it.
    for (const gate of gates) if (!gate.startsWith('argo')) expect(endings[gate].verdict).toBe('rollback');
    expect(endings.fairway.at).toBeLessThan(30);
    expect(endings['flagger 5 %, 1 failed'].at).toBe(120);
    expect(endings['argo 5 %, 5 min, limit 3'].at).toBe(20 * 60);
  });

  it('has a published figure for every scenario', () => {
    expect(scenarios.map(({ id }) => id).filter((id) => referenceFigures[id] === undefined)).toEqual([]);
  });
});
