import { spawn } from 'node:child_process';
import { rename, rm, statfs, writeFile, chown } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { fail, formatBytes, mebibytes, ok, type Result } from '#kernel';
import {
  type Access,
  type Home,
  openHome,
  ownProgram,
  replaceFile,
  syncFolder,
} from '../../supervisor/index.ts';
import { withConnection } from '../client.ts';
import { superuserLogin } from '../logins.ts';
import { runProgram } from '../programs.ts';
import { standbyName } from './look.ts';

const PROGRAM = join(import.meta.dirname, 'copy', 'main.ts');
/** pg_backup_start writes a checkpoint first. */
const STEP_MILLIS = 60_000;
/** Log and small files beside the databases. */
const BESIDES = 64 * 1_048_576;

export interface CopyRequest {
  readonly store: string;
  readonly number: number;
  /** Of the primary, and its data folder. */
  readonly access: Access;
  readonly from: string;
  /** The standby's own folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Makes the data folder of a standby from its running primary, which goes on working; it is there as a whole or not at
 * all. The log it needs from here on is kept by a slot that is made first. Done by the low-level interface, since our
 * packages bring neither pg_basebackup nor pg_rewind. Returns the bytes copied. Failures: those of a home and of our own
 * programs, `postgres_standby_disk_full` (facts: store, standby, needed, free), `postgres_copy_failed` (facts: store,
 * standby, reason), `postgres_tablespaces` (facts: store), `postgres_not_answering`.
 */
export async function makeCopy(request: CopyRequest): Promise<Result<number>> {
  const home = await openHome(request.folder);
  if (!home.ok) return home;
  const data = join(home.value.path, 'data');
  const draft = `${data}.new`;
  for (const path of [draft, data]) await rm(path, { recursive: true, force: true });
  const login = superuserLogin(request.access);
  const copied = await withConnection(
    login,
    STEP_MILLIS,
    (client) => copyFrom(client, request, home.value, draft),
    request.signal,
  );
  if (!copied.ok || !copied.value.ok) {
    await rm(draft, { recursive: true, force: true });
    return copied.ok ? copied.value : copied;
  }
  // Where `sync` is missing, the system writes it a little later.
  await runProgram(['sync', '-f', draft], { user: home.value.user, cwd: home.value.path });
  if (request.signal.aborted) return failed(request, 'it was cancelled');
  await rename(draft, data);
  await syncFolder(dirname(data));
  return copied.value;
}

/** The session must last as long as the copy: the end of the backup is told to it. */
async function copyFrom(
  client: pg.Client,
  request: CopyRequest,
  home: Home,
  draft: string,
): Promise<Result<number>> {
  const room = await checkRoom(client, request, home);
  if (!room.ok) return room;
  await makeSlot(client, request.number);
  await client.query('SELECT pg_backup_start($1, true)', [`standby ${request.number}`]);
  const copied = await runCopy(request, home, draft);
  if (!copied.ok) return hasNoSpace(copied.error.facts['reason']) ? diskFull(client, request, home) : copied;
  const stopped = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  // From here replay begins; without it the copy would look whole and be none.
  await replaceFile(join(draft, 'backup_label'), stopped.rows[0]?.labelfile ?? '', home.user);
  const mark = join(draft, 'standby.signal');
  await writeFile(mark, '', { mode: 0o600 });
  if (home.user !== null) await chown(mark, home.user.uid, home.user.gid);
  return copied;
}

async function checkRoom(client: pg.Client, request: CopyRequest, home: Home): Promise<Result<null>> {
  const spaces = await client.query("SELECT 1 FROM pg_tablespace WHERE spcname NOT LIKE 'pg\\_%'");
  if (spaces.rowCount !== 0) return fail('postgres_tablespaces', { store: request.store });
  const [needed, free] = await Promise.all([sizeOf(client), freeBytes(home.path)]);
  return free < needed ? diskFull(client, request, home) : ok(null);
}

async function sizeOf(client: pg.Client): Promise<number> {
  const size = await client.query<{ size: string }>(
    'SELECT sum(pg_database_size(oid))::text AS size FROM pg_database',
  );
  return Number(size.rows[0]?.size ?? 0) + BESIDES;
}

/** What the disk below a path has left for us. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

async function diskFull(client: pg.Client, request: CopyRequest, home: Home): Promise<Result<never>> {
  const [needed, free] = await Promise.all([sizeOf(client), freeBytes(home.path)]);
  const { store, number } = request;
  return fail('postgres_standby_disk_full', {
    store,
    standby: number,
    needed: formatBytes(inMebibytes(Math.ceil, needed)),
    free: formatBytes(inMebibytes(Math.floor, free)),
  });
}

const inMebibytes = (round: (value: number) => number, size: number) => mebibytes(round(size / 1_048_576));

const hasNoSpace = (reason: unknown) => /ENOSPC|EDQUOT|no space left/i.test(String(reason));

/** Made anew: what a former one kept is of no use to a new copy. */
async function makeSlot(client: pg.Client, number: number): Promise<void> {
  const name = standbyName(number);
  await client.query(
    'SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid > 0',
    [name],
  );
  await client.query(
    'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1',
    [name],
  );
  await client.query('SELECT pg_create_physical_replication_slot($1, true)', [name]);
}

/** As the server's user: in the server's folders nothing is read as root. It ends when we do, by its closed input. */
async function runCopy(request: CopyRequest, home: Home, draft: string): Promise<Result<number>> {
  const program = await ownProgram(home.user, PROGRAM);
  if (!program.ok) return program;
  const [node, main] = program.value;
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(node, [main, request.from, draft], {
      cwd: home.path,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
      signal: request.signal,
      killSignal: 'SIGKILL',
      ...(home.user ?? {}),
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-4_096);
      });
    }
    child.stdin.on('error', () => {}); // it has ended: its exit code tells
    child.once('error', (reason) => resolve(failed(request, reason.message)));
    child.once('close', (code) => {
      const last = output.trimEnd().split('\n').at(-1) ?? '';
      resolve(code === 0 ? ok(Number(last)) : failed(request, last || `it ended with ${code ?? 'a signal'}`));
    });
  });
}

const failed = ({ store, number }: CopyRequest, reason: string) =>
  fail('postgres_copy_failed', { store, standby: number, reason });
