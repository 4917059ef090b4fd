import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Connection } from '#api';
import type { LoadOptions, LoadOutcome, World } from '#cli';
import { describeFailure, fail, millis, ok, type Random, type Result } from '#kernel';
import { isRunning, startDetached } from '#process';
import { systemClock } from './clock.ts';
import { type ControlFile, makeStateFolder, readControlFiles, stateFolder } from './control-file.ts';
import { controlLog, lastWords, roomInState, sizeOf } from './control-log.ts';
import { userName } from './user.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export const systemRandom: Random = () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;

/** The real world: this process's terminal, clock, disk and network. */
export function createWorld(interrupted: AbortSignal): World {
  const terminal = process.stdout.isTTY === true;
  let progressing = false;
  const wipe = () => {
    if (progressing) process.stdout.write('\r\u001b[2K');
    progressing = false;
  };
  return {
    clock: systemClock,
    cwd: process.cwd(),
    user: userName(),
    terminal,
    interrupted,
    print(text) {
      wipe();
      process.stdout.write(`${text}\n`);
    },
    progress(text) {
      wipe();
      process.stdout.write(`          ${text}`.slice(0, (process.stdout.columns ?? 100) - 1));
      progressing = true;
    },
    complain(text) {
      wipe();
      process.stderr.write(`${text}\n`);
    },
    // What only some commands need is loaded by them: "fairway --help" answers at once.
    check: async (folder) => (await import('./definitions.ts')).checkFolder(folder),
    environment: async (folder, name) => (await import('./definitions.ts')).declaredEnvironment(folder, name),
    connect: (folder, start) => connect(folder, start, interrupted),
    serve: async (folder, options) =>
      (await import('./serve.ts')).serveUntilTold(
        folder,
        systemClock,
        options,
        interrupted,
        (text) => process.stdout.write(`${text}\n`),
        (text) => process.stderr.write(`${text}\n`),
      ),
    checkout,
    isFolder: (path) => existsSync(path) && statSync(path).isDirectory(),
    async confirm(question) {
      if (!terminal || process.stdin.isTTY !== true) return null;
      const prompt = createInterface({ input: process.stdin, output: process.stdout });
      const answer = await prompt
        .question(`${question} Type "yes": `, { signal: interrupted })
        .catch(() => '');
      prompt.close();
      return answer.trim() === 'yes';
    },
    async question(text) {
      if (!terminal || process.stdin.isTTY !== true) return null;
      const prompt = createInterface({ input: process.stdin, output: process.stdout });
      const answer = await prompt.question(text, { signal: interrupted }).catch(() => null);
      prompt.close();
      return answer === null || answer.trim() === '' ? null : answer.trim();
    },
    scenarios: async (folder, name) => (await import('./definitions.ts')).declaredScenarios(folder, name),
    lostMachine: async (ask) =>
      (await import('./recover-machine.ts')).openLostMachine(ask, {
        clock: systemClock,
        random: systemRandom,
        variables: process.env,
      }),
    drive: (options) => drive(options, interrupted),
  };
}

/** One that has ended may have found another one in its place, which is about to answer; one that runs may be slow. */
const startWithin = { ended: 20_000, runs: 90_000 };

/**
 * The control plane of a folder: the one that runs, or a new one in the background. Failures: `control_plane_absent` (facts:
 * folder), `control_plane_silent` (facts: log, said), those of the state folder and of starting a process.
 */
async function connect(
  folder: string,
  start: boolean,
  interrupted: AbortSignal,
): Promise<Result<Connection>> {
  const found = await alive(folder);
  if (found !== null) return ok(found);
  if (!start) return fail('control_plane_absent', { folder });
  const made = makeStateFolder(folder);
  const room = made.ok ? roomInState(folder) : made;
  if (!room.ok) return room;
  const logFile = controlLog(folder);
  const logged = sizeOf(logFile);
  const command = [process.execPath, main, 'serve', folder, '--background'] as const;
  const started = await startDetached({ command: [...command], cwd: folder, env: inherited(), logFile });
  if (!started.ok) return started;
  const begun = systemClock.now();
  while (systemClock.now() < begun + startWithin[isRunning(started.value) ? 'runs' : 'ended']) {
    const connection = await alive(folder);
    if (connection !== null) return ok(connection);
    if (interrupted.aborted) break;
    await systemClock.sleep(millis(50), interrupted);
  }
  const said = lastWords(logFile, logged);
  return fail('control_plane_silent', { log: relative(process.cwd(), logFile), said });
}

/** Of several the one that is in charge: it need not send anybody on. */
async function alive(folder: string): Promise<Connection | null> {
  const answers = await Promise.all(readControlFiles(folder).map(answerOf));
  const living = answers.filter((answer) => answer !== null);
  return living.find(({ leads }) => leads)?.connection ?? living[0]?.connection ?? null;
}

async function answerOf(file: ControlFile): Promise<{ connection: Connection; leads: boolean } | null> {
  try {
    const headers = { authorization: `Bearer ${file.control}` };
    const answer = await fetch(`${file.address}/v1/control`, { headers, signal: AbortSignal.timeout(5_000) });
    const body = (await answer.json()) as { readonly leads?: readonly string[] };
    if (!answer.ok) return null;
    return {
      connection: { address: file.address, token: file.control },
      leads: (body.leads ?? []).length > 0,
    };
  } catch {
    return null; // it is starting, or going
  }
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

/** The system's folder as it was at a git reference, unpacked below `.fairway/sources/<commit>`. */
async function checkout(folder: string, reference: string): Promise<Result<string>> {
  const git = (args: readonly string[]) =>
    run('git', ['-C', folder, ...args], { timeout: 60_000, maxBuffer: 1_048_576 });
  const refuse = () => fail('source_unknown', { source: reference });
  if (reference.startsWith('-')) return refuse();
  try {
    const commit = (await git(['rev-parse', '--verify', `${reference}^{commit}`])).stdout.trim();
    const prefix = (await git(['rev-parse', '--show-prefix'])).stdout.trim();
    const made = makeStateFolder(folder);
    if (!made.ok) return made;
    const target = join(stateFolder(folder), 'sources', commit);
    if (existsSync(target)) return ok(target);
    const temporary = `${target}.${process.pid}`;
    mkdirSync(temporary, { recursive: true, mode: 0o711 });
    const archive = join(temporary, '.archive.tar');
    await git(['archive', '--format=tar', `--output=${archive}`, `${commit}:${prefix}`]);
    await run('tar', ['-xf', archive, '-C', temporary], { timeout: 60_000 });
    rmSync(archive);
    renameSync(temporary, target);
    return ok(target);
  } catch {
    return refuse();
  }
}

async function drive(options: LoadOptions, signal: AbortSignal): Promise<LoadOutcome> {
  const [{ defaultLoadPlan, driveLoad }, { loadLines }] = await Promise.all([
    import('#load'),
    import('./load-lines.ts'),
  ]);
  const plan = {
    ...defaultLoadPlan,
    target: options.target,
    rate: options.rate,
    duration: millis((options.seconds ?? 0) * 1_000),
    connections: options.connections,
    mix: [{ method: 'GET', path: options.path, headers: {}, body: null, weight: 1, expect: null }],
    sockets:
      options.sockets === 0
        ? null
        : {
            count: options.sockets,
            path: options.socketPath,
            headers: {},
            traffic: { kind: 'ping', every: millis(10_000) } as const,
          },
  };
  const result = await driveLoad(plan, {
    clock: systemClock,
    random: systemRandom,
    monotonic: () => performance.now(),
    signal,
  });
  if (!result.ok) {
    const { sentence, hint } = describeFailure(result.error);
    return {
      failed: 1,
      lines: [`error  ${sentence}`, `hint   ${hint}`],
      report: { error: { code: result.error.code, sentence, hint } },
    };
  }
  const { requests, sockets } = result.value;
  return {
    failed: requests.failed + sockets.abnormal + sockets.notOpened,
    lines: loadLines(result.value),
    report: result.value,
  };
}
