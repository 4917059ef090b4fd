import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  after,
  type Clock,
  fail,
  type Instant,
  type Millis,
  millis,
  ok,
  type Random,
  type Result,
  seconds,
} from '#kernel';
import { isRunning, startDetached } from '#process';
import { codeOf } from './files.ts';
import { type Home, openHome } from './home.ts';
import type { Answer, ServerKind } from './kind.ts';
import { endLeftovers } from './leftovers.ts';
import { choosePort } from './port.ts';
import { newSecret } from './secret.ts';
import { type Access, type ServerState, writeState } from './state.ts';

/** What a start needs to know. */
export interface Ground {
  readonly folder: string;
  readonly kind: ServerKind;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a start may take until the server answers; left out: a minute. */
  readonly startWithin?: Millis;
}

const ATTEMPTS = 3;
const START_WITHIN = seconds(60);
const LARGEST_LOG = 8 * 1024 * 1024;

/**
 * Starts the server of a store and waits until it answers. The process is noted before anything is waited for, so that
 * it is found again whenever we die. Its former port is used when it is free; a port that somebody takes in between
 * costs an attempt. Failures: those of the home and the kind, `store_not_started` (facts: store, kind, reason, log),
 * `store_not_ready` (facts: store, kind, detail, log), `store_start_cancelled` (facts: store).
 */
export async function startServer(
  ground: Ground,
  former: ServerState,
  signal: AbortSignal,
): Promise<Result<ServerState>> {
  const { folder, kind, clock } = ground;
  const home = await openHome(folder);
  if (!home.ok) return home;
  if (signal.aborted) return fail('store_start_cancelled', { store: kind.spec.name });
  await endLeftovers(home.value.path, kind.programs, clock, seconds(10));
  await turnLog(logFile(folder));
  const deadline = after(clock.now(), ground.startWithin ?? START_WITHIN);
  for (let attempt = 1; ; attempt += 1) {
    const launched = await launch(ground, home.value, former.access);
    if (!launched.ok) return launched;
    const state = launched.value;
    const answer = await waitForAnswer(ground, state, deadline, signal);
    if (answer.state === 'ready') return ok(await noteAnswer(folder, state));
    if (signal.aborted) return fail('store_start_cancelled', { store: kind.spec.name });
    if (answer.state !== 'gone') return notReady(ground, answer);
    if (attempt === ATTEMPTS) return notStarted(ground);
    await clock.sleep(millis(200 * attempt), signal); // what a crash left behind may need a moment to go
  }
}

/**
 * Waits until a server that was started answers, is gone, or the deadline has passed (then: the last answer it gave). An
 * aborted signal ends the waiting; the server goes on.
 */
export async function waitForAnswer(
  { kind, clock }: Ground,
  server: ServerState,
  deadline: Instant,
  signal: AbortSignal,
): Promise<Answer | { readonly state: 'gone' }> {
  for (;;) {
    if (server.process === null || server.access === null || !isRunning(server.process))
      return { state: 'gone' };
    const answer = await kind.ask(server.access);
    if (answer.state === 'ready' || signal.aborted || clock.now() >= deadline) return answer;
    await clock.sleep(millis(25), signal);
  }
}

export async function noteAnswer(folder: string, state: ServerState): Promise<ServerState> {
  if (state.answered) return state;
  const answered = { ...state, answered: true };
  await writeState(folder, answered);
  return answered;
}

async function launch(
  { folder, kind, clock, random }: Ground,
  home: Home,
  former: Access | null,
): Promise<Result<ServerState>> {
  const port = await choosePort(former?.port ?? null, clock, random);
  if (!port.ok) return port;
  const access = { port: port.value, secret: former?.secret ?? newSecret() };
  // Noted before anything is made with it: data whose password nobody knows would be lost.
  await writeState(folder, { access, process: null, answered: false, note: null });
  const prepared = await kind.prepare(home, access);
  if (!prepared.ok) return prepared;
  const { command, note } = prepared.value;
  const started = await startDetached({
    command,
    cwd: home.path,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home.path, LC_ALL: 'C.UTF-8' },
    logFile: logFile(folder),
    ...(home.user === null ? {} : { user: home.user }),
  });
  if (!started.ok) return started;
  const state = { access, process: started.value, answered: false, note };
  await writeState(folder, state);
  return ok(state);
}

export function notReady(
  { folder, kind }: Ground,
  answer: Exclude<Answer, { state: 'ready' }>,
): Result<never> {
  const { kind: what, name: store } = kind.spec;
  return fail('store_not_ready', { store, kind: what, detail: answer.detail, log: logFile(folder) });
}

async function notStarted({ folder, kind }: Ground): Promise<Result<never>> {
  const log = logFile(folder);
  return fail('store_not_started', {
    store: kind.spec.name,
    kind: kind.spec.kind,
    reason: await lastLine(log),
    log,
  });
}

const logFile = (folder: string) => join(folder, 'server.log');

/** Keeps one former log, so that a server that is restarted for months does not fill the disk. */
async function turnLog(path: string): Promise<void> {
  try {
    if ((await stat(path)).size > LARGEST_LOG) await rename(path, `${path}.1`);
  } catch (reason) {
    if (codeOf(reason) !== 'ENOENT') throw reason;
  }
}

async function lastLine(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, 4_096));
    await file.read(tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8').trimEnd().split('\n').at(-1)?.slice(0, 300) || 'it ended without a word';
  } finally {
    await file.close();
  }
}
