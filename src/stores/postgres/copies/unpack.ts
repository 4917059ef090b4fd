import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fail, ok, type Result } from '#kernel';
import type { Content } from '#ports';
import type { Home } from '../../supervisor/index.ts';
import type { TarCheck } from './check-tar.ts';

/**
 * Unpacks an archive into a folder as the server's user, by the system's `tar`, which gets only what the check lets
 * through. Throws what the content and the check throw. Failures: `postgres_program_failed` (facts: program, reason).
 */
export async function unpack(
  content: Content,
  check: TarCheck,
  into: { readonly folder: string; readonly home: Home; readonly signal: AbortSignal },
  counted: (bytes: number) => void,
): Promise<Result<null>> {
  const child = spawn('tar', ['-x', '-f', '-', '-C', into.folder], {
    cwd: into.home.path,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'pipe'],
    signal: into.signal,
    killSignal: 'SIGKILL',
    ...(into.home.user ?? {}),
  });
  const ended = endOf(child);
  try {
    for await (const bytes of content) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      check.write(buffer);
      counted(buffer.length);
      if (child.exitCode !== null || child.stdin.destroyed) break; // how it ended tells why
      if (!child.stdin.write(buffer))
        await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), ended]);
    }
    if (!child.stdin.destroyed) check.end();
    child.stdin.end();
  } catch (reason) {
    child.kill('SIGKILL');
    await ended;
    throw reason;
  }
  const reason = await ended;
  return reason === null ? ok(null) : fail('postgres_program_failed', { program: 'tar', reason });
}

/** Resolves when it is gone: null when all was well, else why not. */
function endOf(child: ChildProcessByStdio<Writable, null, Readable>): Promise<string | null> {
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(0, 4_096);
  });
  child.stdin.on('error', () => {}); // it ended without reading: its exit code tells
  return new Promise((resolve) => {
    child.once('error', (reason) => resolve(reason.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(null);
      else resolve(`${output.split('\n')[0] ?? ''} (${signal ?? `exit code ${code ?? 'unknown'}`})`);
    });
  });
}
