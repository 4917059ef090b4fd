import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { type Failure, fail, ok, type Result } from '#kernel';
import { identifyChild, type ProcessIdentity } from './identity.ts';

export interface StartRequest {
  /** argv; never a shell line. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Both outputs are appended here by the child itself, so that it can outlive us. */
  readonly logFile: string;
  /** Run as this user; only root may say so. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Called once when the process ends while this program still runs; never after a failed start. */
  readonly onExit?: (exit: ProcessExit) => void;
}

/** Exactly one of the two is set: how the process ended by itself, or which signal ended it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Starts a program in a process group of its own that survives this process. Resolves once it runs; a program that
 * ends at once has started all the same, and `onExit` tells of it.
 * Failures: `command_not_found`, `command_not_allowed`, `process_not_started` (facts: command, reason).
 */
export function startDetached(request: StartRequest): Promise<Result<ProcessIdentity>> {
  const [program, ...args] = request.command;
  let log: number;
  try {
    log = openSync(request.logFile, 'a', 0o640);
  } catch (reason) {
    return Promise.resolve(fail('process_not_started', { command: program, reason: messageOf(reason) }));
  }
  return new Promise((resolve) => {
    const settle = (result: Result<ProcessIdentity>) => {
      closeSync(log);
      resolve(result);
    };
    let child: ChildProcess;
    try {
      const { cwd, env, user } = request;
      child = spawn(program, args, { cwd, env, ...user, stdio: ['ignore', log, log], detached: true });
    } catch (reason) {
      settle(fail('process_not_started', { command: program, reason: messageOf(reason) }));
      return;
    }
    const identity = child.pid === undefined ? null : identifyChild(child.pid);
    child.once('error', (reason: NodeJS.ErrnoException) => settle(spawnFailure(request, reason)));
    child.once('spawn', () => {
      child.unref();
      settle(
        identity === null
          ? fail('process_not_started', { command: program, reason: 'it ended at once' })
          : ok(identity),
      );
    });
    child.once('exit', (code, signal) => request.onExit?.({ code, signal }));
  });
}

/** Why a program could not be started, in the words of this module's failures. */
export function spawnFailure(
  request: { readonly command: readonly [string, ...string[]]; readonly cwd: string },
  reason: NodeJS.ErrnoException,
): { readonly ok: false; readonly error: Failure } {
  const [command] = request.command;
  // The system says ENOENT for a missing folder as well as for a missing program.
  if (reason.code === 'ENOENT' && !existsSync(request.cwd))
    return fail('process_not_started', { command, reason: `the folder ${request.cwd} is missing` });
  if (reason.code === 'ENOENT') return fail('command_not_found', { command });
  if (reason.code === 'EACCES') return fail('command_not_allowed', { command });
  return fail('process_not_started', { command, reason: reason.message });
}

/** What Node says of a null byte quotes the whole value, which may be a secret. */
export const messageOf = (reason: unknown): string => {
  if (!(reason instanceof Error)) return String(reason);
  const isQuoted = (reason as NodeJS.ErrnoException).code === 'ERR_INVALID_ARG_VALUE';
  return isQuoted ? 'an argument or a variable has a null byte' : reason.message;
};
