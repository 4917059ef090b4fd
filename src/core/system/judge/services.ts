import { type Problem, problem, shown } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** Programs, ports, names and numbers of replicas. */
export function judgeServices(environment: EnvironmentDeclaration): readonly Problem[] {
  return [
    ...programs(environment),
    ...ports(environment),
    ...names(environment),
    ...replicas(environment),
    ...consumers(environment),
  ];
}

function programs({ services }: EnvironmentDeclaration): readonly Problem[] {
  const found: Problem[] = [];
  for (const [name, { folder, command, image, hosting }] of Object.entries(services)) {
    const path = ['services', name];
    if (folder !== undefined && command !== undefined) continue;
    if (folder === undefined && command === undefined && (image?.name !== undefined || hosting !== undefined))
      continue;
    const lacking =
      folder === undefined && command === undefined
        ? 'folder and command'
        : folder === undefined
          ? 'folder'
          : 'command';
    found.push(
      problem(
        'definition_no_program',
        path,
        `services.${name} does not say what to run: it lacks ${lacking}.`,
        {
          hint: `write folder: "services/${name}" and command: ["node", "main.ts"], or image: { name: "…" }`,
        },
      ),
    );
  }
  return found;
}

function ports({ services }: EnvironmentDeclaration): readonly Problem[] {
  const owners = new Map<number, string>();
  const found: Problem[] = [];
  for (const [name, { port }] of Object.entries(services)) {
    if (port === undefined) continue;
    const owner = owners.get(port);
    if (owner === undefined) owners.set(port, name);
    else
      found.push(
        problem(
          'definition_duplicate_port',
          ['services', name, 'port'],
          `services.${name} asks for port ${port}, which services.${owner} has.`,
          {
            received: shown(port),
            hint: 'write another port, or leave it out for a free one',
          },
        ),
      );
  }
  return found;
}

/** Both become variables and host names, so that a service and a store cannot share a name. */
function names({ services, stores }: EnvironmentDeclaration): readonly Problem[] {
  return Object.keys(stores)
    .filter((name) => Object.hasOwn(services, name))
    .map((name) =>
      problem('definition_name_taken', ['stores', name], `A service has the name "${name}" too.`, {
        point: 'key',
        received: shown(name),
        hint: 'give one of them another name',
      }),
    );
}

function replicas({ services, scaling }: EnvironmentDeclaration): readonly Problem[] {
  const found: Problem[] = [];
  for (const [name, { min, max }] of Object.entries(scaling ?? {})) {
    const path = ['scaling', name];
    if (min > max)
      found.push(
        problem(
          'definition_scaling_bounds',
          [...path, 'min'],
          `scaling.${name} has a min of ${min} above its max of ${max}.`,
          {
            received: shown(min),
            hint: `write at most ${max}`,
          },
        ),
      );
    const declared = Object.hasOwn(services, name) ? services[name]?.replicas : undefined;
    if (declared !== undefined && min <= max && (declared < min || declared > max))
      found.push(
        problem(
          'definition_scaling_bounds',
          ['services', name, 'replicas'],
          `services.${name} begins with ${declared} replicas, outside of ${min} to ${max}.`,
          {
            severity: 'warning',
            received: shown(declared),
            hint: `write ${Math.min(Math.max(declared, min), max)}, or change scaling.${name}`,
          },
        ),
      );
  }
  return found;
}

function consumers({ services }: EnvironmentDeclaration): readonly Problem[] {
  return Object.entries(services).flatMap(([name, { consumer, traffic }]) => {
    if (consumer === undefined) return [];
    const path = ['services', name, 'consumer'];
    if (traffic === 'http') {
      const sentence = `services.${name} has traffic: its share is one of requests, and nothing pauses it.`;
      const hint = 'write traffic: "none" if it takes jobs only, or remove consumer';
      return [problem('definition_consumer_unfit', path, sentence, { point: 'key', hint })];
    }
    if (consumer.pause !== consumer.resume) return [];
    const sentence = `services.${name} would be paused and resumed by the same path.`;
    const more = { received: shown(consumer.resume), hint: 'write two paths' };
    return [problem('definition_consumer_unfit', [...path, 'resume'], sentence, more)];
  });
}
