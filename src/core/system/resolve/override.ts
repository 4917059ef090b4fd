import { percent, seconds } from '#kernel';
import type { System } from '../read/read.ts';
import type { Strategy } from '../resolved.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type Service = EnvironmentDeclaration['services'][string];
type Release = EnvironmentDeclaration['release'];
type StrategyInFull = Exclude<NonNullable<Service['strategy']>, string>;

/**
 * The system with one kind of strategy for every service that can be released by it. Services keep their own settings of
 * that kind, others use those of `release`; where nothing is declared, a canary has one step of 10 % for a minute. Services
 * without traffic that cannot be paused are rolled: they have nothing to divide (R14).
 */
export function withStrategy(system: System, kind: Strategy['kind']): System {
  const environments = Object.entries(system.environments).map(([name, environment]) => {
    const services = Object.entries(environment.services).map(
      ([service, one]) => [service, released(one, environment.release, kind)] as const,
    );
    return [name, { ...environment, services: Object.fromEntries(services) }] as const;
  });
  return { ...system, environments: Object.fromEntries(environments) };
}

function released(service: Service, release: Release, kind: Strategy['kind']): Service {
  const { strategy, traffic, consumer } = service;
  if (kind !== 'rolling' && traffic === 'none' && consumer === undefined)
    return { ...service, strategy: movable(service, release) };
  if (typeof strategy === 'object' && strategy.kind === kind) return service;
  if (kind === 'rolling') return { ...service, strategy: movable(service, release) };
  if (kind === 'canary' && release.canary === undefined) return { ...service, strategy: plainCanary };
  return { ...service, strategy: kind };
}

/** The rolling update that is declared, or one replica more meanwhile where the declared one could not move. */
function movable(service: Service, { rolling: declared }: Release): StrategyInFull {
  const { strategy } = service;
  if (typeof strategy === 'object' && strategy.kind === 'rolling') return strategy;
  const isStuck = declared.surge === 0 && (declared.unavailable === 0 || service.replicas === 0);
  return { kind: 'rolling', ...declared, surge: isStuck ? 1 : declared.surge };
}

const plainCanary: StrategyInFull = {
  kind: 'canary',
  steps: [{ weight: percent(10), hold: seconds(60), gate: true }],
  autoPromote: true,
  by: 'requests',
};
