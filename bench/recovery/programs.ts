import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Postgres refuses to run as root: what belongs to its server runs as this user when we are root. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

export async function serverUser(): Promise<User | null> {
  if (process.getuid?.() !== 0) return null;
  const of = async (flag: string) => Number((await execute('id', [flag, 'postgres'])).stdout);
  return { uid: await of('-u'), gid: await of('-g') };
}

/** Runs a program to its end as the server's user and gives what it printed; throws with its last words. */
export async function run(
  user: User | null,
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Record<string, string> },
): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', HOME: options.cwd, ...options.env };
  const { stdout } = await execute(program, args, {
    cwd: options.cwd,
    env,
    maxBuffer: 2 ** 26,
    ...(user ?? {}),
  });
  return stdout;
}

export interface PgBackRest {
  readonly path: string;
  readonly version: string;
  readonly env: Record<string, string>;
}

const LIBRARIES = ['libpq5', 'libssl3', 'libxml2', 'libzstd1', 'liblz4-1', 'libbz2-1.0', 'zlib1g'];

/** pgBackRest from PATH, else from Debian's package, unpacked in a temporary folder; null with the reason on stderr. */
export async function findPgBackRest(folder: string): Promise<PgBackRest | null> {
  const version = (path: string, env: Record<string, string>) =>
    run(null, path, ['version'], { cwd: folder, env });
  try {
    const path = onPath('pgbackrest') ?? (await unpackPackages(folder, ['pgbackrest']));
    const plain = await version(path, {}).catch(() => null);
    if (plain !== null) return { path, version: numberIn(plain), env: {} };
    await unpackPackages(folder, LIBRARIES);
    const env = { LD_LIBRARY_PATH: librariesIn(folder) };
    return { path, version: numberIn(await version(path, env)), env };
  } catch (reason) {
    const [said = ''] = String(reason).split('\n');
    process.stderr.write(`pgBackRest is left out: ${said}\n`);
    return null;
  }
}

const numberIn = (text: string) => /\d+(?:\.\d+)+/.exec(text)?.[0] ?? text.trim();

async function unpackPackages(folder: string, names: readonly string[]): Promise<string> {
  const packages = join(folder, 'packages');
  mkdirSync(packages, { recursive: true });
  for (const name of names) await run(null, 'apt-get', ['download', '-q', name], { cwd: packages });
  for (const file of readdirSync(packages).filter((name) => name.endsWith('.deb')))
    await run(null, 'dpkg', ['-x', join(packages, file), join(folder, 'unpacked')], { cwd: folder });
  return join(folder, 'unpacked', 'usr', 'bin', 'pgbackrest');
}

function librariesIn(folder: string): string {
  const roots = ['usr/lib', 'lib']
    .map((part) => join(folder, 'unpacked', part))
    .filter((path) => existsSync(path));
  return roots
    .flatMap((root) => [root, ...readdirSync(root).map((name) => join(root, name))])
    .join(delimiter);
}

export function onPath(program: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

const TICKS_PER_SECOND = 100;

/** Processor time so far of this process and the programs it has run, and of the sessions a server has ended; seconds. */
export function processorSeconds(postmaster: number): number {
  const [own, ownPrograms] = ticksOf('self');
  const [, sessions] = ticksOf(String(postmaster));
  return (own + ownPrograms + sessions) / TICKS_PER_SECOND;
}

/** Linux' account of a process, and of its children that have ended. */
function ticksOf(process: string): readonly [own: number, children: number] {
  const stat = readFileSync(`/proc/${process}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, userOfChildren = 0, systemOfChildren = 0] = fields.slice(11, 15);
  return [user + system, userOfChildren + systemOfChildren];
}
