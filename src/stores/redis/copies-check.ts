import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Clock, minutes, type Result } from '#kernel';
import { runToEnd } from '#process';
import { findRedisServer } from './find.ts';

/** What the checker of the server has counted in a snapshot. */
export interface SnapshotCount {
  readonly keys: number;
  /** Of these, with an end. */
  readonly expires: number;
}

/**
 * Reads a snapshot as a server would, by the server's own checker; null where none is installed beside it. The error is
 * what is wrong, for people.
 */
export async function checkSnapshot(
  file: string,
  { server, clock, signal }: { server: string | null | undefined; clock: Clock; signal: AbortSignal },
): Promise<Result<SnapshotCount | null, string>> {
  const program = server === undefined ? findRedisServer() : server;
  const checker = program === null ? null : checkerBeside(program);
  if (checker === null) return { ok: true, value: null };
  const run = await runToEnd({
    command: [checker, file],
    cwd: dirname(file),
    env: { LC_ALL: 'C.UTF-8' },
    timeout: minutes(30),
    keepBytes: 4_096,
    clock,
    signal,
  });
  if (!run.ok) return { ok: false, error: `the checker of snapshots did not run: ${run.error.code}` };
  const { exit, output, end } = run.value;
  if (end !== 'itself')
    return { ok: false, error: 'the checker of snapshots was stopped before it was done' };
  if (exit.code !== 0) return { ok: false, error: `the snapshot is damaged: ${faultIn(output)}` };
  const count = (what: RegExp) => Number(what.exec(output)?.[1] ?? 0);
  return {
    ok: true,
    value: { keys: count(/\[info\] (\d+) keys read/), expires: count(/\[info\] (\d+) expires/) },
  };
}

/** Packages install it beside the server; distributions link the server from elsewhere. */
function checkerBeside(server: string): string | null {
  const folders = [dirname(server), dirname(realpathSync(server))];
  const paths = folders.flatMap((folder) =>
    ['valkey-check-rdb', 'redis-check-rdb'].map((name) => join(folder, name)),
  );
  return paths.find((path) => existsSync(path)) ?? null;
}

const faultIn = (output: string) =>
  /--- RDB ERROR DETECTED ---\s*\[offset \d+\] (.*)/.exec(output)?.[1] ??
  output.trimEnd().split('\n').at(-1)?.slice(0, 200) ??
  'the checker did not say why';
