import type { z } from 'zod';
import type { releaseRequest } from '#api';
import type { Environment, Service, Strategy } from '#core/system';
import { fail, ok, percent, type Result, seconds } from '#kernel';

type Body = z.output<typeof releaseRequest>;

/** The declared environment with what this one release changes. Failures: `service_unknown` (facts: service, services). */
export function applyOverrides(
  environment: Environment,
  { services, set, strategy }: Body,
): Result<Environment> {
  const names = environment.services.map((service) => service.name);
  const unknown = [...(services ?? []), ...set.map((each) => each.service)].find(
    (name) => !names.includes(name),
  );
  if (unknown !== undefined) return fail('service_unknown', { service: unknown, services: names.join(', ') });
  const changed = environment.services.map((service): Service => {
    const variables = set
      .filter((each) => each.service === service.name)
      .map(({ key, value }) => [key, value]);
    const env = { ...service.env, ...Object.fromEntries(variables) };
    return {
      ...service,
      env,
      strategy: strategy === null ? service.strategy : overridden(service, strategy),
    };
  });
  return ok({ ...environment, services: changed });
}

function overridden(service: Service, kind: 'rolling' | 'canary'): Strategy {
  if (service.strategy.kind === kind) return service.strategy;
  if (kind === 'rolling') return { kind, surge: 1, unavailable: 0, settle: seconds(1) };
  return {
    kind,
    steps: [
      { weight: percent(10), hold: seconds(60), gate: true },
      { weight: percent(100), hold: seconds(0), gate: false },
    ],
  };
}
