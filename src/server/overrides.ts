import type { z } from 'zod';
import type { releaseRequest } from '#api';
import type { Environment, Service } from '#core/system';
import { fail, ok, type Result } from '#kernel';

type Body = Pick<z.output<typeof releaseRequest>, 'services' | 'set'>;

/** The declared environment with what this one release changes. Failures: `service_unknown` (facts: service, services). */
export function applyOverrides(environment: Environment, { services, set }: Body): Result<Environment> {
  const names = environment.services.map((service) => service.name);
  const unknown = [...(services ?? []), ...set.map((each) => each.service)].find(
    (name) => !names.includes(name),
  );
  if (unknown !== undefined) return fail('service_unknown', { service: unknown, services: names.join(', ') });
  const changed = environment.services.map((service): Service => {
    const variables = set
      .filter((each) => each.service === service.name)
      .map(({ key, value }) => [key, value]);
    return { ...service, env: { ...service.env, ...Object.fromEntries(variables) } };
  });
  return ok({ ...environment, services: changed });
}
