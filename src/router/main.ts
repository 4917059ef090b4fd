import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describeFailure, type Failure, type Result } from '#kernel';
import { identify } from '#process';
import { type AdminPlace, portOf, startAdmin } from './admin/server.ts';
import { tokenIn } from './admin/token.ts';
import { clockFrom, systemRandom } from './clock.ts';
import type { UpgradeRequest } from './contract.ts';
import type { LogFacts } from './log.ts';
import { createEdgeKeeper, type EdgeKeeper } from './front/keeper.ts';
import type { Plane } from './plane.ts';
import { remotePlane } from './remote.ts';
import { createRouter, type Router } from './router.ts';
import { fdOf } from './socket.ts';
import { type Lock, lockFolder, lockForHandOver, readRecord, writeRecord } from './state-folder.ts';
import { tableFileIn } from './table/file.ts';
import { type Estate, handOver } from './upgrade/hand-over.ts';
import { lockPatiently, meetPredecessor } from './upgrade/take-over.ts';
import { programVersion } from './upgrade/version.ts';
import { startWorkers } from './workers/start.ts';

const clock = clockFrom(Date.now, wait);

interface Options {
  readonly folder: string;
  readonly workers: number;
  /** Started by a running router, to go on in its place. */
  readonly isSuccessor: boolean;
}

/**
 * `node main.ts --state-folder DIR [--workers N]`: routes by the table in DIR, and by what the control plane says, until
 * SIGTERM.
 */
async function main(): Promise<void> {
  process.on('SIGHUP', () => log({ event: 'hangup ignored' }));
  process.on('uncaughtException', (reason) =>
    broken(reason instanceof Error ? (reason.stack ?? '') : String(reason)),
  );
  const options = readArguments();
  if (options === null) return giveUp('usage: main.ts --state-folder DIR [--workers N]', 2);
  if (options.isSuccessor) await takeOver(options);
  else await begin(options);
}

/** Begins with the table of the process before, if there was one. */
async function begin({ folder, workers }: Options): Promise<void> {
  const lock = lockFolder(folder);
  if (!lock.ok)
    return giveUp(sentenceOf(lock.error), lock.error.code === 'router_folder_locked' ? lockedExit : 1);
  const tables = tableFileIn(folder, log);
  const epoch = randomBytes(8).toString('hex');
  const planes = startWorkers(workers, broken);
  const edge = edgeOf(folder, planes);
  const router = createRouter({ epoch, clock, log, planes, edge, save: (table) => tables.save(table) });
  const last = await tables.read();
  if (last !== null) await router.restore(last);
  const port = (await readRecord(folder))?.adminPort ?? null;
  await serve({ folder, workers, epoch, router, edge, lock: lock.value }, { port });
}

/** Goes on with the sockets and the totals of a process that runs. */
async function takeOver({ folder, workers: wanted }: Options): Promise<void> {
  const predecessor = await meetPredecessor();
  if (predecessor === null) return giveUp('the router before ended before it handed over', 1);
  const { facts, sockets, channel } = predecessor;
  const bridge = await lockPatiently(() => lockForHandOver(folder), clock);
  if (!bridge.ok) return giveUp(sentenceOf(bridge.error), 1);
  const tables = tableFileIn(folder, log);
  const workers = Math.max(wanted, sockets.length);
  const planes = startWorkers(workers, broken);
  const edge = edgeOf(folder, planes);
  const router = createRouter({
    epoch: facts.epoch,
    clock,
    log,
    planes,
    edge,
    save: (table) => tables.save(table),
  });
  await router.state(); // answered when all threads run
  if ((await predecessor.ready()) === 'stop') process.exit(0);
  const lock = await lockPatiently(() => lockFolder(folder, 'successor'), clock);
  if (!lock.ok) return broken(sentenceOf(lock.error));
  await router.restore(facts.table, sockets);
  predecessor.onFarewell(router.adopt(remotePlane(channel)));
  await serve(
    { folder, workers, epoch: facts.epoch, router, edge, lock: lock.value },
    { fd: facts.admin.fd },
  );
  bridge.value.release();
  predecessor.serving();
}

interface Serving {
  readonly folder: string;
  readonly workers: number;
  readonly epoch: string;
  readonly router: Router;
  readonly edge: EdgeKeeper;
  readonly lock: Lock;
}

/** Listens to the control plane and to signals. */
async function serve(
  { folder, workers, epoch, router, edge, lock }: Serving,
  place: AdminPlace,
): Promise<void> {
  const health = { pid: process.pid, epoch, version: programVersion(), workers };
  const upgrade = (request: UpgradeRequest) => leaveTo(request, estate, admin);
  const admin = await startAdmin({ router, edge, upgrade, token: await tokenIn(folder), health, log }, place);
  const adminPort = portOf(admin);
  const estate: Estate = {
    folder,
    epoch,
    router,
    lock,
    clock,
    log,
    admin: { port: adminPort, fd: fdOf(admin) },
  };
  await writeRecord(folder, { pid: process.pid, started: identify(process.pid)?.started ?? '', adminPort });
  const { version } = await router.state();
  log({ event: 'router serving', epoch, adminPort, version, workers, program: health.version });
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    log({ event: 'router stopping' });
    admin.close();
    void router.close(stopMillis).then(() => {
      log({ event: 'router stopped' });
      estate.lock.release();
      process.exit(0);
    });
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

/** Hands over; then answers what is still open here, and ends. */
async function leaveTo(
  request: UpgradeRequest,
  estate: Estate,
  admin: Server,
): Promise<Result<{ readonly pid: number }>> {
  const successor = await handOver(estate, request);
  if (!successor.ok) return successor;
  const { pid } = successor.value;
  log({ event: 'router leaving', successor: pid });
  admin.close();
  const end = async () => {
    await estate.router.asPlane.leave(request);
    await successor.value.farewell();
    log({ event: 'router left' });
    process.exit(0);
  };
  void end();
  return { ok: true, value: { pid } };
}

function edgeOf(folder: string, planes: readonly Plane[]): EdgeKeeper {
  const secret = randomBytes(16).toString('hex');
  return createEdgeKeeper({ folder, planes, clock, random: systemRandom, log, secret });
}

/** How long requests in flight may take at the end. */
const stopMillis = 10_000;
/** Tells whoever started this process that another router serves the folder. */
const lockedExit = 3;

function log(facts: LogFacts): void {
  process.stdout.write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), ...facts })}\n`);
}

function broken(reason: string): void {
  log({ event: 'uncaught error', reason });
  process.exit(1);
}

function readArguments(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        'state-folder': { type: 'string' },
        workers: { type: 'string', default: '1' },
        successor: { type: 'boolean', default: false },
      },
    });
    const [folder, workers] = [values['state-folder'], Number(values.workers)];
    if (folder === undefined || !Number.isInteger(workers) || workers < 1 || workers > 64) return null;
    return { folder, workers, isSuccessor: values.successor };
  } catch {
    return null; // an option that is not known
  }
}

const sentenceOf = (failure: Failure) => describeFailure(failure).sentence;

function giveUp(sentence: string, exit: number): void {
  log({ event: 'router not started', reason: sentence });
  process.exitCode = exit;
  if (process.connected) process.disconnect();
}

await main();
