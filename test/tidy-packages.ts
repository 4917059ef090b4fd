import { dirname, join } from 'node:path/posix';
import type { Project } from './tidy-arrows.ts';
import { type Import, importsOf, type Source } from './tidy-source.ts';

/** The folder of the package that a file belongs to: the kit, one of the systems; null: Fairway itself. */
const packageOf = (path: string): string | null => /^(?:kit|systems\/[^/]+)(?=\/)/.exec(path)?.[0] ?? null;

/** Tests and fixtures of the kit start real stores by Fairway's own supervisor; tests of systems use its faces. */
const isForTests = (path: string) => /\.(?:test|fixture)\.ts$|\/testing\//.test(path);

/**
 * The kit and each system are packages of their own: what runs imports nothing of Fairway but its definition (`fairway`), and
 * no other package by a path.
 */
export function brokenPackages({ sources }: Project): readonly string[] {
  return sources
    .filter(({ path }) => packageOf(path) !== null && !isForTests(path))
    .flatMap((source) =>
      importsOf(source)
        .filter((found) => reachesOut(source, found))
        .map(
          ({ specifier, line }) =>
            `${source.path}:${line} imports ${specifier}, which is outside of its package: use a door of fairway-kit, or keep it in one package`,
        ),
    );
}

function reachesOut({ path }: Source, { specifier }: Import): boolean {
  if (specifier.startsWith('#')) return true;
  if (!specifier.startsWith('.')) return specifier === 'fairway' && !isDefinition(path);
  return packageOf(`${join(dirname(path), specifier)}/`) !== packageOf(path);
}

const isDefinition = (path: string) => /\/fairway\.config\.ts$|\/definition\//.test(path);
