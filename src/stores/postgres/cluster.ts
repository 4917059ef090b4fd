import { createHash } from 'node:crypto';
import { appendFile, chmod, chown, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import {
  type Access,
  cached,
  type Home,
  readIfThere,
  replaceFile,
  type ServerUser,
} from '../supervisor/index.ts';
import type { PostgresBinaries } from './binaries.ts';
import { postgresAccess, postgresSettings } from './configuration.ts';
import { removeForeignLock } from './lock.ts';
import { runProgram } from './programs.ts';
import { superuser } from './roles.ts';
import { scramVerifier } from './verifier.ts';

const SETTINGS = 'fairway.conf';

/**
 * Makes the data folder of a Postgres ready to start, and returns it: created once from a template, settings written
 * anew, the password in force the one of `access`. Failures: `postgres_data_version` (facts: folder, found, available),
 * `postgres_program_failed`, `cache_not_usable`.
 */
export async function prepareCluster(
  binaries: PostgresBinaries,
  home: Home,
  access: Access,
  furtherSettings = '',
): Promise<Result<string>> {
  const data = join(home.path, 'data');
  const found = await readIfThere(join(data, 'PG_VERSION'));
  if (found === null) {
    const created = await createCluster(binaries, home, data);
    if (!created.ok) return created;
  } else if (Number(found) !== binaries.major) {
    return fail('postgres_data_version', { folder: data, found: found.trim(), available: binaries.major });
  }
  await prepareFolder(data, home, postgresSettings(access.port) + furtherSettings);
  const password = await setPassword(binaries, home, data, access);
  return password.ok ? ok(data) : password;
}

/** What every data folder needs before its server is started. */
export async function prepareFolder(data: string, { user }: Home, settings: string): Promise<void> {
  await chmod(data, 0o700); // a copy made by cp may be open to others, which Postgres refuses
  await removeForeignLock(data);
  await writeSettings(data, user, settings);
}

export const writeSettings = (data: string, user: ServerUser | null, settings: string) =>
  replaceFile(join(data, SETTINGS), settings, user);

/** Copies the template under another name first: `data` is there as a whole or not at all. */
async function createCluster(binaries: PostgresBinaries, home: Home, data: string): Promise<Result<null>> {
  const template = await clusterTemplate(binaries, home.user);
  if (!template.ok) return template;
  const draft = `${data}.new`;
  await rm(draft, { recursive: true, force: true });
  const as = { user: home.user, cwd: home.path };
  const copied = await runProgram(['cp', '-Rp', join(template.value, 'data'), draft], as);
  if (!copied.ok) return copied;
  // Neither initdb --no-sync nor cp waits for the disk. Where `sync` is missing, the system writes it a little later.
  await runProgram(['sync', '-f', draft], as);
  await rename(draft, data);
  return ok(null);
}

/** What initdb makes takes half a second or more and is the same for all: it is made once per user and build. */
function clusterTemplate(binaries: PostgresBinaries, user: ServerUser | null): Promise<Result<string>> {
  const key = `cluster-${binaries.build}-uid${user?.uid ?? process.getuid?.() ?? 0}`;
  return cached(user, key, async (folder) => {
    if (user !== null) await chown(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
    const made = await runProgram(
      [
        join(binaries.folder, 'bin', 'initdb'),
        ...['--pgdata', data, '--username', superuser.name, '--encoding', 'UTF8', '--locale', locale],
        ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
        // Nobody can connect by it: pg_hba.conf is replaced below, before the first start.
        ...['--auth', 'trust', '--no-sync', '--no-instructions'],
      ],
      { user, cwd: folder },
    );
    if (!made.ok) return made;
    await replaceFile(join(data, 'pg_hba.conf'), postgresAccess, user);
    await appendFile(join(data, 'postgresql.conf'), `\ninclude_if_exists = '${SETTINGS}'\n`);
    return ok(null);
  });
}

/**
 * Gives the superuser its password while nobody can connect: in single-user mode, as a verifier, through standard input.
 * A file beside the data says which password that was; it is enough to compare its hash.
 */
async function setPassword(
  binaries: PostgresBinaries,
  home: Home,
  data: string,
  access: Access,
): Promise<Result<null>> {
  const password = superuser.password(access);
  const mark = join(home.path, 'password.sha256');
  const digest = createHash('sha256').update(password).digest('hex');
  if ((await readIfThere(mark)) === digest) return ok(null);
  const postgres = join(binaries.folder, 'bin', 'postgres');
  const done = await runProgram([postgres, '--single', '-D', data, 'postgres'], {
    user: home.user,
    cwd: home.path,
    input: `ALTER ROLE ${superuser.name} PASSWORD '${scramVerifier(password)}'\n`,
  });
  if (!done.ok) return done;
  // Single-user mode ends with 0 whatever became of the statement.
  const error = done.value.split('\n').find((line) => /\b(ERROR|FATAL):/.test(line));
  if (error !== undefined) return fail('postgres_program_failed', { program: postgres, reason: error });
  await replaceFile(mark, digest, home.user);
  return ok(null);
}
