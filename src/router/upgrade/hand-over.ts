import { type ChildProcess, spawn } from 'node:child_process';
import { type Clock, fail, ok, type Result, seconds } from '#kernel';
import type { UpgradeRequest } from '../contract.ts';
import type { Log } from '../log.ts';
import { type Channel, servePlane } from '../remote.ts';
import type { HandOver, Router } from '../router.ts';
import { type Lock, lockFolder } from '../state-folder.ts';
import { firstSocket, isUpgradeMessage, type UpgradeMessage } from './messages.ts';

/** What the running process hands over, beside the router's own facts. */
export interface Estate {
  readonly folder: string;
  readonly epoch: string;
  readonly router: Router;
  readonly admin: { readonly port: number; readonly fd: number };
  readonly clock: Clock;
  readonly log: Log;
  /** The folder's lock: given up for the successor, taken again when that fails. */
  lock: Lock;
}

/** Who goes on. `farewell` tells the last totals and resolves when they are on their way. */
export interface Successor {
  readonly pid: number;
  farewell(): Promise<void>;
}

/** For the successor's threads to begin. */
const readyLimit = seconds(15);
/** For listening on sockets that are there already. */
const servingLimit = seconds(10);

/**
 * Starts the other program with copies of all listening sockets. Both processes then have the same queues of waiting
 * connections: no connection is refused or lost, whichever of the two accepts it. Until the successor says that it
 * serves, this process goes on as before, and takes back the lock when the successor fails.
 * Failures: `router_not_upgraded` (facts: reason), `router_moved`.
 */
export function handOver(estate: Estate, request: UpgradeRequest): Promise<Result<Successor>> {
  return estate.router.handOver(async (facts) => {
    const child = new Child(estate, facts, request);
    const done = await begin(estate, child);
    if (done.ok) return ok({ pid: child.pid, farewell: () => child.farewell() });
    await child.end();
    estate.log({ event: 'not upgraded', reason: String(done.error.facts['reason']) });
    return done;
  });
}

async function begin(estate: Estate, child: Child): Promise<Result<null>> {
  const isReady = await child.says('ready', estate.clock.sleep(readyLimit));
  if (!isReady.ok) return isReady;
  estate.lock.release();
  child.tell({ upgrade: 'go' });
  const isServing = await child.says('serving', estate.clock.sleep(servingLimit));
  if (!isServing.ok) {
    await child.end();
    const again = lockFolder(estate.folder, 'successor');
    if (again.ok) estate.lock = again.value;
    else estate.log({ event: 'LOCK NOT TAKEN BACK', reason: again.error.code });
  }
  return isServing;
}

class Child {
  readonly #child: ChildProcess;
  readonly #estate: Estate;
  readonly #heard = new Set<string>();
  readonly #ended: Promise<string>;
  #wake: () => void = () => undefined;

  constructor(estate: Estate, { table, sockets }: HandOver, { program, workers }: UpgradeRequest) {
    this.#estate = estate;
    const { epoch, folder, admin } = estate;
    const args = [program, '--state-folder', folder, '--workers', `${workers}`, '--successor'];
    const given = [...sockets.flat().map(({ fd }) => fd), admin.fd];
    this.#child = spawn(process.execPath, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...given],
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (reason) => resolve(reason.message));
      this.#child.once('exit', (code, signal) =>
        resolve(`the new process ended with ${signal ?? code ?? ''}`),
      );
    });
    this.#child.on('message', (message) => {
      if (!isUpgradeMessage(message)) return;
      this.#heard.add(message.upgrade);
      this.#wake();
    });
    servePlane(estate.router.asPlane, this.#channel());
    // In the other process the sockets have the numbers of their places.
    let place = firstSocket;
    const numbered = sockets.map((each) => each.map(({ port }) => ({ port, fd: place++ })));
    this.tell({ upgrade: 'facts', epoch, table, sockets: numbered, admin: { port: admin.port, fd: place } });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  tell(message: UpgradeMessage): void {
    this.#channel().send(message);
  }

  /** Failure: `router_not_upgraded` (reason): it ended, or `limit` is over. */
  async says(word: UpgradeMessage['upgrade'], limit: Promise<void>): Promise<Result<null>> {
    const heard = new Promise<null>((resolve) => {
      this.#wake = () => {
        if (this.#heard.has(word)) resolve(null);
      };
      this.#wake();
    });
    const late = limit.then(() => `the new process was not ${word} in time`);
    const reason = await Promise.race([heard, this.#ended, late]);
    return reason === null ? ok(null) : fail('router_not_upgraded', { reason });
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.pid !== undefined) await this.#ended;
  }

  async farewell(): Promise<void> {
    const look = await this.#estate.router.asPlane.look();
    await new Promise<void>((resolve) => {
      if (!this.#child.connected) resolve();
      else this.#child.send({ upgrade: 'bye', look } satisfies UpgradeMessage, () => resolve());
    });
  }

  #channel(): Channel {
    const child = this.#child;
    return {
      send: (message) => {
        // An error of a channel that breaks is told by its closing.
        if (child.connected) child.send(message as object, () => undefined);
      },
      onMessage: (take) => child.on('message', take),
      onClosed: (closed) => child.once('disconnect', closed),
    };
  }
}
