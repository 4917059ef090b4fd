import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fail, ok, type Result } from '#kernel';
import { identify, type ProcessIdentity } from './identity.ts';

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
}

/**
 * Starts a program in a process group of its own that survives this process. Resolves once it runs.
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
    let child: ReturnType<typeof spawn>;
    try {
      const { cwd, env, user } = request;
      child = spawn(program, args, { cwd, env, ...user, stdio: ['ignore', log, log], detached: true });
    } catch (reason) {
      settle(fail('process_not_started', { command: program, reason: messageOf(reason) }));
      return;
    }
    child.once('error', (reason: NodeJS.ErrnoException) => settle(spawnFailure(program, reason)));
    child.once('spawn', () => {
      child.unref();
      const identity = child.pid === undefined ? null : identify(child.pid);
      settle(
        identity === null
          ? fail('process_not_started', { command: program, reason: 'it ended at once' })
          : ok(identity),
      );
    });
  });
}

function spawnFailure(program: string, reason: NodeJS.ErrnoException): Result<ProcessIdentity> {
  if (reason.code === 'ENOENT') return fail('command_not_found', { command: program });
  if (reason.code === 'EACCES') return fail('command_not_allowed', { command: program });
  return fail('process_not_started', { command: program, reason: reason.message });
}

const messageOf = (reason: unknown) => (reason instanceof Error ? reason.message : String(reason));
