import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock, Millis } from '#kernel';
import { fail, ok, type Result, seconds } from '#kernel';
import { signalGroup } from './end.ts';
import { messageOf, type ProcessExit, spawnFailure } from './start.ts';

export interface RunRequest {
  /** argv; never a shell line. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeout: Millis;
  /** Of both outputs together the last this many bytes are kept. */
  readonly keepBytes: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface RunOutcome {
  readonly exit: ProcessExit;
  readonly output: string;
  readonly end: 'itself' | 'timeout' | 'aborted';
}

/**
 * Runs a program to its end in a process group of its own; after `timeout`, or when the signal is aborted, the whole
 * group is killed. What it leaves running in its group is killed as well.
 * Failures: `command_not_found`, `command_not_allowed`, `process_not_started` (facts: command, reason).
 */
export async function runToEnd(request: RunRequest): Promise<Result<RunOutcome>> {
  const { command, cwd, env, clock } = request;
  const [program, ...args] = command;
  let child: ChildProcess;
  try {
    child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  } catch (reason) {
    return fail('process_not_started', { command: program, reason: messageOf(reason) });
  }
  const output = lastBytes(request.keepBytes);
  child.stdout?.on('data', output.add);
  child.stderr?.on('data', output.add);

  const { exited, closed } = endsOf(child);
  const end = await firstOf(exited, request);
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL'); // all of it, or what it left behind
  const exit = await exited;
  if (exit instanceof Error) return spawnFailure(request, exit);
  await settleOutput(child, closed, clock);
  return ok({ exit, output: output.text(), end });
}

/** `exited` resolves when the process is gone (or never came), `closed` when its output has been read to the end. */
function endsOf(child: ChildProcess): { exited: Promise<ProcessExit | Error>; closed: Promise<void> } {
  return {
    exited: new Promise((resolve) => {
      child.once('error', resolve);
      child.once('exit', (code, signal) => resolve({ code, signal }));
    }),
    closed: new Promise((resolve) => child.once('close', () => resolve())),
  };
}

async function firstOf(
  exited: Promise<unknown>,
  { clock, timeout, signal }: RunRequest,
): Promise<RunOutcome['end']> {
  const ended = new AbortController();
  const itself = exited.then(() => ended.abort());
  await Promise.race([itself, clock.sleep(timeout, AbortSignal.any([ended.signal, signal]))]);
  return ended.signal.aborted ? 'itself' : signal.aborted ? 'aborted' : 'timeout';
}

/** A process that left the group could hold the pipes open for ever: one second is enough to read what is there. */
async function settleOutput(child: ChildProcess, closed: Promise<void>, clock: Clock): Promise<void> {
  const done = new AbortController();
  await Promise.race([closed, clock.sleep(seconds(1), done.signal)]);
  done.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function lastBytes(limit: number) {
  let kept: Buffer[] = [];
  let size = 0;
  return {
    add: (chunk: Buffer) => {
      kept.push(chunk);
      size += chunk.length;
      if (size > 2 * limit) {
        kept = [Buffer.concat(kept).subarray(-limit)];
        size = limit;
      }
    },
    text: () => Buffer.concat(kept).subarray(-limit).toString('utf8'),
  };
}
