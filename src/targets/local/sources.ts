import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import { codeOf } from './files.ts';

export interface SourceFile {
  /** Relative to the system's folder, with `/`. */
  readonly path: string;
  /** Where its bytes are read; links are followed. */
  readonly from: string;
  readonly executable: boolean;
}

/** Never part of a build: what is installed, what Git and Fairway keep, and the system's own file of secrets. */
const leftOut = new Set(['node_modules', '.git', '.fairway']);
const leftOutAtTheTop = new Set(['.env']);

/**
 * All regular files under the given paths of a system, sorted by path. A link is replaced by what it points at, which
 * must lie in the system's folder. Sockets and pipes are passed over.
 * Failures: `source_missing`, `source_outside`, `source_unreadable` (facts: path).
 */
export async function collectFiles(
  systemFolder: string,
  paths: readonly string[],
): Promise<Result<readonly SourceFile[]>> {
  const found = new Map<string, SourceFile>();
  let root: string;
  try {
    root = await realpath(systemFolder);
  } catch {
    return fail('source_missing', { path: systemFolder });
  }
  for (const path of paths) {
    const added = await visit({ root, found, above: [] }, join(path));
    if (!added.ok) return added;
  }
  return ok([...found.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)));
}

interface Walk {
  readonly root: string;
  readonly found: Map<string, SourceFile>;
  /** Real paths of the folders we are in: a link back to one of them would never end. */
  readonly above: readonly string[];
}

async function visit(walk: Walk, path: string): Promise<Result<null>> {
  const shown = path.split(sep).join('/');
  let real: string;
  try {
    real = await realpath(join(walk.root, path));
  } catch (reason) {
    return fail(codeOf(reason) === 'ENOENT' ? 'source_missing' : 'source_unreadable', { path: shown });
  }
  if (isOutside(walk.root, real) || isOutside(walk.root, join(walk.root, path)))
    return fail('source_outside', { path: shown });
  try {
    const seen = await stat(real);
    if (seen.isDirectory()) return await visitFolder(walk, path, real);
    if (seen.isFile())
      walk.found.set(shown, { path: shown, from: real, executable: (seen.mode & 0o111) !== 0 });
    return ok(null);
  } catch {
    return fail('source_unreadable', { path: shown });
  }
}

async function visitFolder(walk: Walk, path: string, real: string): Promise<Result<null>> {
  if (walk.above.includes(real)) return ok(null);
  const inside = { ...walk, above: [...walk.above, real] };
  for (const name of await readdir(real)) {
    if (leftOut.has(name) || (path === '.' && leftOutAtTheTop.has(name))) continue;
    const visited = await visit(inside, join(path, name));
    if (!visited.ok) return visited;
  }
  return ok(null);
}

function isOutside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}
