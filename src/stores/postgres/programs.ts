import { spawn } from 'node:child_process';
import { fail, ok, type Result } from '#kernel';
import type { ServerUser } from '../supervisor/index.ts';

const DEADLINE_MILLIS = 120_000;

/**
 * Runs one of Postgres' programs to its end as the server's user. `input` goes to its standard input, for what must not
 * be seen in the list of processes. Failure: `postgres_program_failed` (facts: program, reason).
 */
export function runProgram(
  command: readonly [string, ...string[]],
  options: { user: ServerUser | null; cwd: string; input?: string },
): Promise<Result<string>> {
  const [program, ...args] = command;
  const { user, cwd, input = '' } = options;
  return new Promise((resolve) => {
    let output = '';
    const failed = (reason: string) => resolve(fail('postgres_program_failed', { program, reason }));
    const child = spawn(program, args, {
      cwd,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
      timeout: DEADLINE_MILLIS,
      killSignal: 'SIGKILL',
      ...(user ?? {}),
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-4_096);
      });
    }
    child.stdin.on('error', () => {}); // it ended without reading: its exit code tells
    child.stdin.end(input);
    child.once('error', (reason) => failed(reason.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(ok(output));
      else failed(`${signal ?? `exit code ${code ?? 'unknown'}`}: ${lastLine(output)}`);
    });
  });
}

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? '';
