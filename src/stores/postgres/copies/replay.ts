import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Clock, fail, ok, type Result, seconds } from '#kernel';
import { freePort } from '#process';
import type { RestoreTarget } from '#ports';
import type { Home } from '../../supervisor/index.ts';
import type { PostgresBinaries } from '../binaries.ts';
import { hear, nothingTold, type Replay } from './replay-log.ts';

/** An orderly stop writes what is in memory and hands over the last of the log. */
const STOP_WITHIN = seconds(120);

export interface ReplayOptions {
  readonly binaries: PostgresBinaries;
  readonly home: Home;
  readonly data: string;
  /** Where the pieces of the log lie. */
  readonly pieces: string;
  readonly timeline: number;
  readonly target: RestoreTarget;
  /** Of a store that hands over its log: it begins with how this timeline came about. */
  readonly archive: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly told: (replay: Replay) => void;
}

/**
 * Lets a server replay the log up to the target and end the recovery, and stops it in order. Nobody can log in
 * meanwhile, and the settings are on its command line only: nothing of them is left in the data. Failures:
 * `postgres_restore_failed` (facts: reason, in the server's own words).
 */
export async function replayLog(options: ReplayOptions): Promise<Result<Replay>> {
  const { binaries, home, data, signal, told } = options;
  const port = await freePort();
  if (!port.ok) return port;
  const command = join(binaries.folder, 'bin', 'postgres');
  const settings = Object.entries(settingsOf(options, port.value));
  const child = spawn(
    command,
    ['-D', data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      cwd: home.path,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home.path, LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(home.user ?? {}),
    },
  );
  let replay = nothingTold;
  const ended = endOf(child);
  const stop = () => void child.kill('SIGQUIT');
  const over = new AbortController();
  signal.addEventListener('abort', stop);
  try {
    await untilReady(child, ended, (line) => {
      replay = hear(replay, line);
      told(replay);
      return replay.isReady;
    });
    if (signal.aborted) return failed('it was cancelled');
    if (!replay.isReady) return ok({ ...replay, fatal: replay.fatal ?? (await ended) });
    child.kill('SIGINT'); // fast: nobody is waited for, a checkpoint is written
    const reason = await Promise.race([ended, late(options.clock, over.signal)]);
    return reason === 'exit code 0' ? ok(replay) : failed(`its server did not stop in order: ${reason}`);
  } finally {
    signal.removeEventListener('abort', stop);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGQUIT');
      await Promise.race([ended, late(options.clock, over.signal)]);
      child.kill('SIGKILL');
    }
    over.abort();
  }
}

const failed = (reason: string) => fail('postgres_restore_failed', { reason });

function settingsOf(
  { pieces, timeline, target, archive }: ReplayOptions,
  port: number,
): Readonly<Record<string, string>> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    hba_file: join(pieces, 'nobody.conf'),
    hot_standby: 'off',
    autovacuum: 'off',
    max_logical_replication_workers: '0', // it must not go on where the original is subscribed
    synchronous_standby_names: '',
    recovery_init_sync_method: 'syncfs',
    max_wal_size: '2GB',
    wal_recycle: 'off', // a piece that is used again under a later name reads like a damaged end of the log
    shared_buffers: '128MB',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_min_messages: 'warning',
    log_error_verbosity: 'default',
    log_line_prefix: '%m [%p] ',
    log_timezone: 'UTC',
    timezone: 'UTC',
    lc_messages: 'C',
    ...(archive === null
      ? { archive_mode: 'off' }
      : {
          archive_mode: 'on',
          archive_library: 'basic_archive',
          archive_command: '',
          'basic_archive.archive_directory': archive,
        }),
    restore_command: `cp ${shellWord(pieces)}/%f "%p"`,
    recovery_target_timeline: String(timeline),
    recovery_target_action: 'promote',
    // Only the one that is meant: an empty one beside it counts as a second.
    ...(target.kind === 'time' ? { recovery_target_time: timeInWords(target.at) } : {}),
    ...(target.kind === 'before' ? { recovery_target_xid: target.transaction } : {}),
    recovery_target_inclusive: target.kind === 'before' ? 'off' : 'on',
    recovery_end_command: '',
    archive_cleanup_command: '',
  };
}

/** The server reads it before it knows the names of time zones, `Z` included. */
const timeInWords = (at: number) => new Date(at).toISOString().replace('T', ' ').replace('Z', '+00');

/** One word of the shell that the server gives the command to; a percent sign is the server's own. */
export const shellWord = (text: string) => `'${text.replaceAll('%', '%%').replaceAll("'", `'\\''`)}'`;

/** Resolves when the lines say so, or the output ends. */
async function untilReady(
  child: ChildProcess,
  ended: Promise<string>,
  isReady: (line: string) => boolean,
): Promise<void> {
  if (child.stderr === null) return;
  const lines = createInterface({ input: child.stderr });
  await new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (isReady(line)) resolve();
    });
    lines.once('close', resolve);
    void ended.then(() => resolve());
  });
}

/** Once its output is read to the end, too. */
const endOf = (child: ChildProcess) =>
  new Promise<string>((resolve) => {
    child.once('error', (reason) => resolve(reason.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
  });

async function late(clock: Clock, signal: AbortSignal): Promise<string> {
  await clock.sleep(STOP_WITHIN, signal);
  return 'it took too long';
}
