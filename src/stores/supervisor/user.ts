import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fail, ok, type Result } from '#kernel';

const run = promisify(execFile);

/** The user of the operating system that servers run as when we are root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Which user servers are to run as: null (ourselves) unless we are root. As root an existing user `fairway` or
 * `postgres` is taken, or else the system user `fairway` is created: no server ever runs as root.
 * Failure: `server_user_missing` (facts: reason).
 */
export async function serverUser(): Promise<Result<ServerUser | null>> {
  if (process.getuid?.() !== 0) return ok(null);
  const existing = (await lookUp(OWN_USER)) ?? (await lookUp('postgres'));
  if (existing !== null) return ok(existing);
  const reason = await createUser();
  const created = await lookUp(OWN_USER);
  return created === null
    ? fail('server_user_missing', { reason: reason ?? 'it was not created' })
    : ok(created);
}

const OWN_USER = 'fairway';

async function lookUp(name: string): Promise<ServerUser | null> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((field) => numberOf('id', [field, name])));
    return uid === undefined || gid === undefined || uid === 0 ? null : { uid, gid };
  } catch {
    return null; // there is no such user
  }
}

async function numberOf(program: string, args: readonly string[]): Promise<number | undefined> {
  const { stdout } = await run(program, args, { timeout: 5_000 });
  return /^\d+\s*$/.test(stdout) ? Number(stdout) : undefined;
}

/** Returns why it did not work, or null. */
async function createUser(): Promise<string | null> {
  const shape = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  try {
    await run('useradd', [...shape, '--shell', '/usr/sbin/nologin', OWN_USER], { timeout: 10_000 });
    return null;
  } catch (reason) {
    return reason instanceof Error ? (reason.message.split('\n').at(-1) ?? reason.message) : String(reason);
  }
}
