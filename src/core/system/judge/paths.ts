import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** A definition is carried from machine to machine: its paths must not lead out of the system's folder. */
export function judgePaths(environment: EnvironmentDeclaration): readonly Problem[] {
  return declaredPaths(environment)
    .filter(({ value }) => leadsOut(value))
    .map(({ path, value }) =>
      problem('definition_path_outside', path, `${pathText(path)} leads out of the folder of the system.`, {
        received: shown(value),
        hint: 'write a path below the folder of the system, with / between its parts',
      }),
    );
}

export interface DeclaredPath {
  readonly path: Path;
  /** As it was written. */
  readonly value: string;
}

/** Every folder and file an environment names. */
export function declaredPaths(environment: EnvironmentDeclaration): readonly DeclaredPath[] {
  const { services, checks, vendors, release } = environment;
  return [
    ...Object.entries(services).flatMap(([name, { folder, include, image }]) => [
      ...one(['services', name, 'folder'], folder),
      ...many(['services', name, 'include'], include),
      ...one(['services', name, 'image', 'dockerfile'], image?.dockerfile),
    ]),
    ...Object.entries(checks).flatMap(([name, check]) =>
      check.kind === 'command'
        ? [
            ...one(['checks', name, 'folder'], check.folder),
            ...many(['checks', name, 'include'], check.include),
          ]
        : [],
    ),
    ...(['before', 'after'] as const).flatMap((when) =>
      release.hooks[when].flatMap(({ folder, include }, index) => [
        ...one(['release', 'hooks', when, index, 'folder'], folder),
        ...many(['release', 'hooks', when, index, 'include'], include),
      ]),
    ),
    ...one(['release', 'migrations', 'folder'], release.migrations?.folder),
    ...Object.entries(vendors ?? {}).flatMap(([name, { stub }]) => one(['vendors', name, 'stub'], stub)),
  ];
}

function leadsOut(value: string): boolean {
  if (/^[/\\~]|^[A-Za-z]:|\\|\0/.test(value)) return true;
  let depth = 0;
  for (const part of value.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

const one = (path: Path, value: string | undefined): readonly DeclaredPath[] =>
  value === undefined ? [] : [{ path, value }];
const many = (path: Path, values: readonly string[]): readonly DeclaredPath[] =>
  values.map((value, index) => ({ path: [...path, index], value }));
