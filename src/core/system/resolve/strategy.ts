import { type Millis, millis } from '#kernel';
import type { Strategy } from '../resolved.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type ServiceDeclaration = EnvironmentDeclaration['services'][string];
type ReleaseDeclaration = EnvironmentDeclaration['release'];
type Kind<Name extends Strategy['kind']> = Extract<Strategy, { kind: Name }>;
type StrategyInFull = Exclude<NonNullable<ServiceDeclaration['strategy']>, string>;
type BlueGreenDeclaration = NonNullable<ReleaseDeclaration['blueGreen']>;

/** How a service is released, with the environment's settings put in where the service names only the kind. */
export type DeclaredStrategy =
  | Strategy
  | { readonly kind: 'flags' }
  | { readonly kind: 'missing'; readonly wanted: 'canary' };

export function strategyOf(service: ServiceDeclaration, release: ReleaseDeclaration): DeclaredStrategy {
  const { strategy } = service;
  if (typeof strategy === 'object') return inFull(strategy);
  switch (strategy ?? release.strategy) {
    case 'rolling':
      return rolling(release.rolling);
    case 'canary':
      return release.canary === undefined ? { kind: 'missing', wanted: 'canary' } : canary(release.canary);
    case 'blue-green':
      return release.blueGreen === undefined ? plainBlueGreen : blueGreen(release.blueGreen);
    case 'flags':
      return { kind: 'flags' };
  }
}

/**
 * The strategy that is carried out. Flags are not (a target says so, see honour/); where that loss is accepted, they
 * become what is nearest: all new replicas beside the old ones.
 */
export function carriedOut(service: ServiceDeclaration, release: ReleaseDeclaration): Strategy {
  const strategy = strategyOf(service, release);
  if (strategy.kind !== 'flags' && strategy.kind !== 'missing') return strategy;
  const { settle } = release.rolling;
  return { kind: 'rolling', surge: Math.max(1, service.replicas), unavailable: 0, settle };
}

/** R9. The longest that anything in use declares: the environment keeps the old revisions of one release together. */
export function longestKeepOld({ release, services }: EnvironmentDeclaration): Millis {
  const declared = Object.values(services).map((service) => keepOldOf(service, release) ?? 0);
  return millis(Math.max(release.keepOld, ...declared));
}

const plainBlueGreen: Kind<'blue-green'> = {
  kind: 'blue-green',
  preview: millis(0),
  steps: [],
  advance: 'gate',
};

function inFull(strategy: StrategyInFull): DeclaredStrategy {
  switch (strategy.kind) {
    case 'rolling':
      return rolling(strategy);
    case 'canary':
      return canary(strategy);
    case 'blue-green':
      return blueGreen(strategy);
    case 'flags':
      return { kind: 'flags' };
  }
}

function rolling({ surge, unavailable, settle }: ReleaseDeclaration['rolling']): Kind<'rolling'> {
  return { kind: 'rolling', surge, unavailable, settle };
}

function canary({ steps, by, autoPromote }: NonNullable<ReleaseDeclaration['canary']>): Kind<'canary'> {
  return { kind: 'canary', steps: [...steps], by, advance: autoPromote ? 'gate' : 'person' };
}

function blueGreen({ preview, steps, autoPromote }: BlueGreenDeclaration): Kind<'blue-green'> {
  return { kind: 'blue-green', preview, steps: steps ?? [], advance: autoPromote ? 'gate' : 'person' };
}

function keepOldOf({ strategy }: ServiceDeclaration, release: ReleaseDeclaration): Millis | undefined {
  if (typeof strategy === 'object')
    return strategy.kind === 'blue-green' ? (strategy.keepOld ?? release.blueGreen?.keepOld) : undefined;
  return (strategy ?? release.strategy) === 'blue-green' ? release.blueGreen?.keepOld : undefined;
}
