import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Project } from './tidy-arrows.ts';
import { readSource } from './tidy-source.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** All files that git tracks or would track, as the working tree has them now. */
export function readProject(): Project {
  // A clone may belong to another user than the one who tests it; git asks to be told that this is meant.
  const ask = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listing = execFileSync('git', ask, { cwd: root, encoding: 'utf8' });
  const paths = listing.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    imports: Project['faces'];
  };
  return {
    sources: paths.toSorted().map((path) => readSource(path, readFileSync(join(root, path), 'utf8'))),
    faces: imports,
  };
}
