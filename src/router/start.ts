import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, type Clock, fail, type Instant, millis, ok, type Result, seconds } from '#kernel';
import { isRunning, type ProcessExit, startDetached } from '#process';
import { tokenIn } from './admin/token.ts';
import { connectRouter, type RouterClient, type RouterHealth } from './client.ts';
import { readRecord } from './state-folder.ts';
import { programVersion } from './upgrade/version.ts';

export interface StartOptions {
  /** Holds all state of the router; made when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  /** Ends the waiting. A router that was started goes on. */
  readonly signal: AbortSignal;
  /** Threads that route; 1 when not said. */
  readonly workers?: number;
}

const program = join(import.meta.dirname, 'main.ts');
const startLimit = seconds(20);
/** The exit code by which a router says that another one serves the folder. */
const lockedExit = 3;

/**
 * The router of a folder: the one that runs, or a new one. It outlives this process. Resolves when it answers. Several
 * callers at once get the same router: the folder's lock lets one of the processes live. One that runs another version of the
 * program, or too few threads, is upgraded; where that fails it goes on serving, and `notUpgraded` says why.
 * Failures: `router_not_started` (facts: reason, log), `cancelled` (what), `disk_failed` (path, reason), and those of `startDetached`.
 */
export async function startRouter(options: StartOptions): Promise<Result<RouterClient>> {
  const { folder, clock, signal, workers = 1 } = options;
  let token: string;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    token = await tokenIn(folder);
  } catch (reason) {
    return fail('disk_failed', {
      path: folder,
      reason: reason instanceof Error ? reason.message : String(reason),
    });
  }
  const deadline = after(clock.now(), startLimit);
  const mine = new Started(folder, workers, clock);
  while (clock.now() < deadline) {
    if (signal.aborted) return fail('cancelled', { what: 'starting the router' });
    const found = await findRouter(folder, token, clock);
    if (found !== null) return ok(await upToDate(found, workers));
    const running = await mine.ensure();
    if (!running.ok) return running;
    await clock.sleep(millis(25), signal);
  }
  return fail('router_not_started', { reason: 'it did not answer in time', log: mine.logFile });
}

/** The router that runs and answers; null when there is none (yet). */
async function findRouter(folder: string, token: string, clock: Clock): Promise<Found | null> {
  const find = async () => {
    const record = await readRecord(folder).catch(() => null);
    return record === null || !isRunning(record) ? null : record;
  };
  const record = await find();
  if (record === null) return null;
  const { pid, started, adminPort } = record;
  const client = connectRouter({ identity: { pid, started }, adminPort, token, clock, find });
  const health = await client.health();
  return health.ok && health.value.pid === pid ? { client, health: health.value } : null;
}

interface Found {
  readonly client: RouterClient;
  readonly health: RouterHealth;
}

async function upToDate({ client, health }: Found, workers: number): Promise<RouterClient> {
  if (health.version === programVersion() && health.workers >= workers) return client;
  const upgraded = await client.upgrade({ workers: Math.max(workers, health.workers) });
  return upgraded.ok ? client : Object.assign(client, { notUpgraded: upgraded.error });
}

/** The process this call started, if it had to start one. */
class Started {
  readonly logFile: string;
  readonly #folder: string;
  readonly #workers: number;
  readonly #clock: Clock;
  #state: 'none' | 'running' | ProcessExit = 'none';
  #notBefore: Instant;

  constructor(folder: string, workers: number, clock: Clock) {
    this.#folder = folder;
    this.#workers = workers;
    this.#clock = clock;
    this.#notBefore = clock.now();
    this.logFile = join(folder, 'router.log');
  }

  /** Starts one unless it runs. One that found the folder locked is tried again: the other may be about to end. */
  async ensure(): Promise<Result<null>> {
    if (this.#state === 'running' || this.#clock.now() < this.#notBefore) return ok(null);
    if (this.#state !== 'none' && this.#state.code !== lockedExit) {
      const { code, signal } = this.#state;
      return fail('router_not_started', {
        reason: `it ended with ${signal ?? code ?? ''}`,
        log: this.logFile,
      });
    }
    this.#state = 'running';
    this.#notBefore = after(this.#clock.now(), seconds(1));
    const started = await startDetached({
      command: [process.execPath, program, '--state-folder', this.#folder, '--workers', `${this.#workers}`],
      cwd: this.#folder,
      env: {},
      logFile: this.logFile,
      onExit: (exit) => {
        this.#state = exit;
      },
    });
    return started.ok ? ok(null) : started;
  }
}
