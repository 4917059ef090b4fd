import { type Path, type Problem, problem, shown } from '../finding.ts';
import { migrationJobName, phases } from '../resolve/jobs.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** Jobs are built and kept by their names, like services: no two things of an environment share one. */
export function judgeHooks({ services, stores, release }: EnvironmentDeclaration): readonly Problem[] {
  const { hooks, migrations } = release;
  const reserved = migrations === undefined ? [] : phases.map(migrationJobName);
  const taken = new Map<string, string>([
    ...Object.keys(stores).map((name) => [name, 'a store'] as const),
    ...Object.keys(services).map((name) => [name, 'a service'] as const),
    ...reserved.map((name) => [name, 'a phase of the migrations'] as const),
  ]);
  const found = [...Object.keys(services), ...Object.keys(stores)]
    .filter((name) => reserved.includes(name))
    .map((name) =>
      nameTaken([Object.hasOwn(services, name) ? 'services' : 'stores', name], name, taken, 'key'),
    );
  for (const when of ['before', 'after'] as const)
    for (const [index, { name }] of hooks[when].entries()) {
      const path = ['release', 'hooks', when, index, 'name'];
      if (taken.has(name)) found.push(nameTaken(path, name, taken, 'value'));
      else taken.set(name, 'another hook');
    }
  return found;
}

function nameTaken(
  path: Path,
  name: string,
  taken: ReadonlyMap<string, string>,
  point: 'key' | 'value',
): Problem {
  const owner = taken.get(name) ?? 'something else';
  const sentence = `${owner.replace(/^a/, 'A')} has the name "${name}" too.`;
  const hint = 'give one of them another name';
  return problem('definition_name_taken', path, sentence, { point, received: shown(name), hint });
}
