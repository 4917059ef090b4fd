import type { CanaryStep, Environment, GatePolicy } from '#core/system';
import type { SightInput } from './sight.ts';

/** Steps that the same services go, with what is known of their traffic. */
export interface DeclaredSteps {
  readonly services: readonly string[];
  readonly steps: readonly CanaryStep[];
}

/** What `sightOf` asks for, from what is declared; steps in which only one revision has traffic, or without a hold, show nothing and are left out. */
export function sightInputOf(
  expected: NonNullable<GatePolicy['expected']>,
  policy: GatePolicy,
  steps: readonly Pick<CanaryStep, 'weight' | 'hold'>[],
): SightInput {
  return {
    requestsPerSecond: expected.requestsPerSecond,
    errorShare: expected.errorShare / 100,
    medianMillis: expected.median,
    p95Millis: expected.p95,
    steps: steps
      .filter(({ weight, hold }) => weight > 0 && weight < 100 && hold > 0)
      .map(({ weight, hold }) => ({ weight: weight / 100, holdMillis: hold })),
    policy,
  };
}

/** The ways with steps that an environment declares for the services that answer requests, each once. */
export function stepsOf({ services }: Pick<Environment, 'services'>): readonly DeclaredSteps[] {
  const ways = new Map<string, { services: string[]; steps: readonly CanaryStep[] }>();
  for (const { name, strategy, traffic } of services) {
    if (strategy.kind === 'rolling' || strategy.steps.length === 0 || traffic !== 'http') continue;
    const key = JSON.stringify(strategy.steps);
    const way = ways.get(key) ?? { services: [], steps: strategy.steps };
    way.services.push(name);
    ways.set(key, way);
  }
  return [...ways.values()];
}
