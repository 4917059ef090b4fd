import {
  after,
  type Clock,
  fail,
  type Instant,
  millis,
  ok,
  type Random,
  type Result,
  seconds,
} from '#kernel';
import { identify, isRunning, type ProcessExit, probePort, runToEnd, startDetached } from '#process';
import { portsOf, type RouterClient, type RouterTable } from '#router';
import { apply } from './apply.ts';
import { type Book, emptyBook, enterTable, removeServers } from './book.ts';
import { connectHaproxy } from './client.ts';
import { configurationOf, files } from './config.ts';
import { type Folder, openFolder } from './folder.ts';
import { createLedger } from './ledger.ts';
import { runtimeOf, type Runtime } from './worker.ts';

export interface StartOptions {
  /** Holds all state of HAProxy; made when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends the waiting. A HAProxy that was started goes on. */
  readonly signal: AbortSignal;
  /** Where programs are looked for, as in PATH; HAProxy's usual places are added. */
  readonly path?: string;
}

const startLimit = seconds(20);
/** Dynamic servers and versions of maps have come before, and no longer in need of an experimental mode. */
const oldestVersion = [2, 6] as const;

/**
 * The HAProxy of a folder: the one that runs, or a new one with the table of the last. It outlives this process, and is
 * found again by its socket. Several callers at once get the same one. Failures: `haproxy_missing`,
 * `haproxy_too_old` (facts: version, wanted), `router_not_started` (reason, log), `cancelled`, `disk_failed`, `haproxy_refused`.
 */
export async function startHaproxy(options: StartOptions): Promise<Result<RouterClient>> {
  const { clock, signal, random } = options;
  if (signal.aborted) return fail('cancelled', { what: 'starting the router' });
  const opened = await openFolder(options.folder, clock);
  if (!opened.ok) return opened;
  const folder = opened.value;
  const runtime = runtimeOf(folder.path, clock);
  const newEpoch = () => Array.from({ length: 4 }, () => hexOf(random)).join('');
  const ledger = createLedger({ folder, runtime, newEpoch });
  return folder.alone(async () => {
    const found =
      (await findRunning(folder, runtime, clock)) ?? (await start(folder, runtime, options, newEpoch));
    if (!found.ok) return found;
    const settled = await settle(folder, runtime, ledger);
    if (!settled.ok) return settled;
    return ok(connectHaproxy({ folder, runtime, ledger, identity: found.value, clock, random }));
  }, signal);
}

const hexOf = (random: Random) =>
  Math.floor(random() * 65_536)
    .toString(16)
    .padStart(4, '0');

type Identity = NonNullable<ReturnType<typeof identify>>;

/** The one whose process was recorded, once it answers; null when it is gone. */
async function findRunning(folder: Folder, runtime: Runtime, clock: Clock): Promise<Result<Identity> | null> {
  const deadline = after(clock.now(), startLimit);
  for (;;) {
    const record = await folder.readRecord();
    if (record === null || !isRunning(record)) return null;
    const answer = await runtime.pid();
    if (answer.ok) return ok(record);
    if (clock.now() >= deadline) return notStarted(folder, 'the one that runs does not answer');
    await clock.sleep(millis(25));
  }
}

const notStarted = (folder: Folder, reason: string) =>
  fail('router_not_started', { reason, log: folder.logFile });

async function start(
  folder: Folder,
  runtime: Runtime,
  options: StartOptions,
  newEpoch: () => string,
): Promise<Result<Identity>> {
  const env = { PATH: `${options.path ?? ''}:/usr/local/sbin:/usr/sbin:/opt/homebrew/sbin` };
  const fit = await checkVersion(folder, env, options);
  if (!fit.ok) return fit;
  const last = await folder.readBook();
  if (!last.ok) return last;
  const book = await startingBook(last.value ?? emptyBook(''), newEpoch(), options.clock);
  const saved = await folder.saveAll(book);
  if (!saved.ok) return saved;
  let exit: ProcessExit | null = null;
  const started = await startDetached({
    command: ['haproxy', '-W', '-S', `unix@${files.master},mode,600`, '-f', files.configuration],
    cwd: folder.path,
    env,
    logFile: folder.logFile,
    onExit: (how) => {
      exit = how;
    },
  });
  if (!started.ok) return started;
  const recorded = await folder.writeRecord(started.value);
  if (!recorded.ok) return recorded;
  const deadline: Instant = after(options.clock.now(), startLimit);
  const { structure } = configurationOf(book);
  while (options.clock.now() < deadline && exit === null) {
    // Its two processes are ready one after the other.
    const [answer, master] = [await runtime.structure(), await runtime.processes()];
    if (master.ok && answer.ok && answer.value === structure)
      return noteWorker(folder, runtime, book, started.value);
    await options.clock.sleep(millis(25), options.signal);
    if (options.signal.aborted) return fail('cancelled', { what: 'starting the router' });
  }
  return notStarted(folder, exit === null ? 'it did not answer in time' : 'it ended at once');
}

async function noteWorker(
  folder: Folder,
  runtime: Runtime,
  book: Book,
  identity: Identity,
): Promise<Result<Identity>> {
  const worker = await runtime.pid();
  if (!worker.ok) return worker;
  const saved = await folder.saveBook({ ...book, worker: worker.value });
  return saved.ok ? ok(identity) : saved;
}

/** Failures: `haproxy_missing`, `haproxy_too_old`. */
async function checkVersion(
  folder: Folder,
  env: Readonly<Record<string, string>>,
  { clock, signal }: StartOptions,
): Promise<Result<null>> {
  const told = await runToEnd({
    command: ['haproxy', '-v'],
    cwd: folder.path,
    env,
    timeout: seconds(5),
    keepBytes: 4_096,
    clock,
    signal,
  });
  if (!told.ok) return told.error.code === 'command_not_found' ? fail('haproxy_missing') : told;
  const [, major = '0', minor = '0'] = /version (\d+)\.(\d+)/.exec(told.value.output) ?? [];
  const isFit =
    Number(major) > oldestVersion[0] ||
    (Number(major) === oldestVersion[0] && Number(minor) >= oldestVersion[1]);
  return isFit
    ? ok(null)
    : fail('haproxy_too_old', { version: `${major}.${minor}`, wanted: oldestVersion.join('.') });
}

/**
 * The last table, for a process that begins with nothing open and nothing counted. Routes whose ports are taken are left out;
 * a table that is served in part is not acknowledged: the control plane sends its own and learns what is wrong.
 */
async function startingBook(last: Book, epoch: string, clock: Clock): Promise<Book> {
  const open = new Set<number>();
  for (const port of last.table.routes.flatMap(portsOf)) if (await isFree(port, clock)) open.add(port);
  const routes = last.table.routes
    .filter(({ port }) => open.has(port))
    .map((route) =>
      route.preview !== null && open.has(route.preview) ? route : { ...route, preview: null },
    );
  const isWhole = last.table.routes.flatMap(portsOf).every((port) => open.has(port));
  const table: RouterTable = isWhole ? last.table : { version: 0, generation: 0, routes };
  const entered = enterTable({ ...last, epoch, worker: null, leaving: [], frozen: {} }, table);
  const left = entered.servers.flatMap(({ number, state }) => (state === 'leaving' ? [number] : []));
  return removeServers(entered, new Set(left));
}

/** The process before may have been killed this very moment: the system needs another one to free its ports. */
async function isFree(port: number, clock: Clock): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    if ((await probePort(port)).ok) return true;
    if (attempt === 10) return false;
    await clock.sleep(millis(100));
  }
}

/** What a control plane before us has begun is brought to its end. */
async function settle(
  folder: Folder,
  runtime: Runtime,
  ledger: ReturnType<typeof createLedger>,
): Promise<Result<null>> {
  const book = await folder.readBook();
  if (!book.ok || book.value === null) return book.ok ? ok(null) : book;
  const adopted = await ledger.adopt(book.value);
  if (!adopted.ok) return adopted;
  const structure = await runtime.structure();
  if (!structure.ok) return structure;
  // One that has other listeners is brought there by the next table: its ports have to be looked at first.
  if (structure.value !== configurationOf(adopted.value).structure) return ok(null);
  const applied = await apply(adopted.value, runtime);
  if (!applied.ok) return applied;
  const swept = await ledger.sweep(adopted.value);
  return swept.ok ? ok(null) : swept;
}
