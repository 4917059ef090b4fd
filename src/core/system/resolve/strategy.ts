import type { Strategy } from '../resolved.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type ServiceDeclaration = EnvironmentDeclaration['services'][string];
type ReleaseDeclaration = EnvironmentDeclaration['release'];
export type Steps = NonNullable<ReleaseDeclaration['canary']>['steps'];

/** How a service is released, with the environment's settings put in where the service names only the kind. */
export type DeclaredStrategy =
  | Extract<Strategy, { kind: 'rolling' }>
  | { readonly kind: 'canary' | 'blue-green'; readonly steps: Steps }
  | { readonly kind: 'flags' }
  | { readonly kind: 'missing'; readonly wanted: 'canary' | 'blue-green' };

export function strategyOf(service: ServiceDeclaration, release: ReleaseDeclaration): DeclaredStrategy {
  const { strategy } = service;
  if (typeof strategy === 'object') {
    switch (strategy.kind) {
      case 'rolling':
        return rolling(strategy);
      case 'canary':
        return { kind: 'canary', steps: strategy.steps };
      case 'blue-green':
        return { kind: 'blue-green', steps: strategy.steps ?? [] };
      case 'flags':
        return { kind: 'flags' };
    }
  }
  switch (strategy ?? release.strategy) {
    case 'rolling':
      return rolling(release.rolling);
    case 'canary':
      return release.canary === undefined
        ? { kind: 'missing', wanted: 'canary' }
        : { kind: 'canary', steps: release.canary.steps };
    case 'blue-green':
      return { kind: 'blue-green', steps: release.blueGreen?.steps ?? [] };
    case 'flags':
      return { kind: 'flags' };
  }
}

/**
 * The strategy that is carried out. Blue-green and flags are not (a target says so, see honour/); where that loss is
 * accepted, they become what is nearest: all new replicas beside the old ones, with the declared steps.
 */
export function carriedOut(service: ServiceDeclaration, release: ReleaseDeclaration): Strategy {
  const strategy = strategyOf(service, release);
  if (strategy.kind === 'rolling') return strategy;
  if ((strategy.kind === 'canary' || strategy.kind === 'blue-green') && strategy.steps.length > 0)
    return {
      kind: 'canary',
      steps: strategy.steps.map(({ weight, hold, gate }) => ({ weight, hold, gate })),
    };
  const { settle } = release.rolling;
  return { kind: 'rolling', surge: Math.max(1, service.replicas), unavailable: 0, settle };
}

function rolling({
  surge,
  unavailable,
  settle,
}: ReleaseDeclaration['rolling']): Extract<Strategy, { kind: 'rolling' }> {
  return { kind: 'rolling', surge, unavailable, settle };
}
