import { createHash } from 'node:crypto';
import { copyFile, cp, link, readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { ok, type Result } from '#kernel';
import { cached, openToAll } from './cache.ts';
import { codeOf } from './files.ts';
import { canExecute, canRead } from './reach.ts';
import type { ServerUser } from './user.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/**
 * The beginning of the argv that runs one of our own programs, a `main.ts` below src, with the Node that runs us. Where
 * the server's user cannot read this clone (root's, below /root), Node, our source and the named packages are copied
 * once to the cache. Failure: `cache_not_usable`.
 */
export async function ownProgram(
  user: ServerUser | null,
  main: string,
  packages: readonly string[] = [],
): Promise<Result<readonly [string, string]>> {
  const node = await reachableNode(user);
  if (!node.ok) return node;
  const needed = [main, ...['package.json', 'src/kernel/index.ts', ...inModules(packages)].map(ofRoot)];
  if (needed.every((path) => canRead(user, path))) return ok([node.value, main]);
  const source = await reachableSource(user, packages);
  return source.ok ? ok([node.value, join(source.value, relative(ROOT, main))]) : source;
}

const ofRoot = (path: string) => join(ROOT, path);
const inModules = (packages: readonly string[]) => packages.map((name) => join('node_modules', name));

async function reachableNode(user: ServerUser | null): Promise<Result<string>> {
  const node = process.execPath;
  if (canExecute(user, node)) return ok(node);
  const { size, mtimeMs } = await stat(node);
  const copied = await cached(
    user,
    `node-${process.version}-${digest([node, size, mtimeMs])}`,
    async (folder) => {
      await linkOrCopy(node, join(folder, 'node'));
      await openToAll(folder);
      return ok(null);
    },
  );
  return copied.ok ? ok(join(copied.value, 'node')) : copied;
}

async function reachableSource(
  user: ServerUser | null,
  packages: readonly string[],
): Promise<Result<string>> {
  const parts = ['package.json', 'src', ...inModules(packages)];
  const versions = await Promise.all(parts.map((part) => versionOf(ofRoot(part))));
  return cached(user, `program-${digest([ROOT, ...versions])}`, async (folder) => {
    for (const part of parts) {
      await cp(ofRoot(part), join(folder, part), { recursive: true, dereference: true, filter: isNeeded });
    }
    await openToAll(folder);
    return ok(null);
  });
}

const isNeeded = (path: string) => !/\.(test\.ts|map)$/.test(path);

/** Changes whenever a file below does. */
async function versionOf(path: string): Promise<string> {
  const stats = await stat(path);
  if (!stats.isDirectory()) return `${basename(path)} ${stats.size} ${stats.mtimeMs}`;
  const names = (await readdir(path)).sort();
  return (await Promise.all(names.map((name) => versionOf(join(path, name))))).join('\n');
}

/** Node is large: a second name for the same file where both lie on one file system. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (reason) {
    if (!['EXDEV', 'EPERM', 'EMLINK'].includes(codeOf(reason))) throw reason;
    await copyFile(from, to);
  }
}

function digest(facts: readonly (string | number)[]): string {
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 16);
}
