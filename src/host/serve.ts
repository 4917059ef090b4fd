import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LinkView } from '#api';
import type { ServeOptions } from '#cli';
import type { Rollout } from '#core/release';
import { createEngine, type Engine } from '#engine';
import { type Clock, describeFailure, type Failure, millis, ok, type Result } from '#kernel';
import { freePort, identify, probePort } from '#process';
import { createAccess, createServer } from '#server';
import { createLocalTarget } from '#targets/local';
import { bind, type Closable } from './bind.ts';
import { makeStateFolder, newKey } from './control-file.ts';
import { declaredEnvironment, environmentNames, readEnvironment, readSystemName } from './definitions.ts';
import { chooseListen, type Listen, onLoopback } from './listen.ts';
import { createRecoveries, type Recoveries } from './recovery.ts';
import { openState } from './state.ts';
import { chooseStore, type StoreChoice } from './store-choice.ts';
import { targetOptions } from './target-options.ts';
import { userName } from './user.ts';

export interface Running {
  readonly address: string;
  /** A link that opens the dashboard once. Failures: those of the store. */
  readonly link: () => Promise<Result<LinkView>>;
  readonly engine: Engine;
  readonly recovery: Recoveries;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly listen: Listen;
  readonly store: StoreChoice;
  /** Tests only: every state of a rollout is sent through JSON, which it must survive. */
  readonly twin?: boolean;
  readonly report: (failure: Failure) => void;
  readonly shutdown: () => void;
}

/**
 * Starts a control plane of a system folder in this process: takes its place there, opens the state, lets every
 * environment that is up go on, and listens on loopback, and where others come from if that is wanted. Stopping it leaves services, stores and router running.
 */
export async function startControlPlane(
  folder: string,
  clock: Clock,
  options: StartOptions,
): Promise<Result<Running>> {
  const made = makeStateFolder(folder);
  if (!made.ok) return made;
  const opened = await openState(folder, clock, options.store, (last) =>
    choosePort(options.listen.port, last),
  );
  if (!opened.ok) return opened;
  const state = opened.value;
  const { store, owner, address, inCharge } = state;
  const system = (await readSystemName(folder)) ?? basename(folder);
  const random = () => randomBytes(4).readUInt32LE() / 4_294_967_296;
  const world = { system, folder, clock, random, variables: process.env };
  /** Of a drill: what happens to its stores is no evidence. */
  const scratchFor = (environment: string) => createLocalTarget(targetOptions({ ...world, environment }));
  const targetFor = (environment: string) =>
    createLocalTarget(
      targetOptions({ ...world, environment, told: (event) => recovery.happened(environment, event) }),
    );
  const engine = createEngine({
    store,
    clock,
    owner,
    report: options.report,
    ...(options.twin === true ? { twin: throughJson } : {}),
    targetFor,
  });
  const recovery = createRecoveries({
    system,
    owner,
    folder,
    engine,
    store,
    clock,
    random,
    variables: process.env,
    inCharge,
    scratchFor,
    copyJournal: state.copyJournal,
    report: options.report,
  });
  let control = newKey();
  const announce = () => {
    const own = identify(process.pid);
    state.announce({ pid: process.pid, started: own?.started ?? '', address, control });
  };
  const user = userName();
  const access = createAccess({
    store,
    clock,
    bytes: randomBytes,
    key: () => control,
    user,
    origin: options.listen.publicUrl ?? address,
    system,
  });
  const api = createServer({
    engine,
    clock,
    system,
    folder,
    access,
    dashboard: builtDashboard,
    load: readEnvironment,
    declared: declaredEnvironment,
    environments: () => environmentNames(folder),
    recovery,
    changeKeys() {
      control = newKey();
      announce();
    },
    shutdown: options.shutdown,
    ...(inCharge === undefined ? {} : { inCharge }),
  });
  const server = await bindAll(api.app.fetch, Number(new URL(address).port), options.listen);
  if (!server.ok) {
    await Promise.all([api.end(), recovery.end()]);
    await state.close();
    return server;
  }
  announce();
  await engine.recover();
  return ok({
    address,
    link: () => access.link(user),
    engine,
    recovery,
    async stop() {
      server.value.close();
      await api.end();
      await Promise.all([recovery.end(), engine.stop()]);
      await state.close();
    },
  });
}

/** What a rollout becomes on its way through the journal. */
const throughJson = (rollout: Rollout): Rollout => JSON.parse(JSON.stringify(rollout)) as Rollout;

/** The port asked for, or the one of the last time when it is free, or any. */
async function choosePort(asked: number | null, last: string | null): Promise<Result<number>> {
  if (asked !== null) return probePort(asked);
  const again = last === null ? null : await probePort(Number(new URL(last).port));
  return again?.ok === true ? again : freePort();
}

/** Where `npm run setup` puts it. */
const builtDashboard = fileURLToPath(new URL('../../.tools/dashboard/', import.meta.url));

/** Both addresses or none. Failures: those of `bind`. */
async function bindAll(
  fetch: Parameters<typeof bind>[0],
  port: number,
  { door }: Listen,
): Promise<Result<Closable>> {
  const own = await bind(fetch, { host: '127.0.0.1', port, tls: null });
  if (!own.ok || door === null) return own;
  const other = await bind(fetch, door);
  if (!other.ok) {
    own.value.close();
    return other;
  }
  return ok({
    close() {
      own.value.close();
      other.value.close();
    },
  });
}

/** Runs the control plane until it is told to end. In the background it ends by itself when there is nothing to do. */
export async function serveUntilTold(
  folder: string,
  clock: Clock,
  options: ServeOptions,
  told: AbortSignal,
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const ended = new AbortController();
  told.addEventListener('abort', () => ended.abort(), { once: true });
  const report = (failure: Failure) => {
    // That another one is in charge is no trouble: whoever asks for a change is told.
    if (failure.code !== 'lease_held')
      complain(`${new Date(clock.now()).toISOString()} ${describeFailure(failure).sentence}`);
  };
  const started = await startChosen(folder, clock, options, { report, shutdown: () => ended.abort() });
  if (!started.ok) {
    const { sentence, hint, exit } = describeFailure(started.error);
    complain(`error  ${sentence}\nhint   ${hint}`);
    return exit;
  }
  print(`control plane of ${folder} at ${started.value.address}`);
  if (!options.background) await tellLink(started.value, print, complain);
  if (options.background) await untilIdle(started.value, clock, ended);
  else await aborted(ended.signal);
  const stopped = new AbortController();
  const stopping = started.value.stop().finally(() => stopped.abort());
  await Promise.race([stopping, clock.sleep(stopLimit, stopped.signal)]);
  if (!options.background) print('control plane stopped; what runs goes on');
  return 0;
}

async function startChosen(
  folder: string,
  clock: Clock,
  options: ServeOptions,
  told: Pick<StartOptions, 'report' | 'shutdown'>,
): Promise<Result<Running>> {
  const store = chooseStore(options.store, process.env['FAIRWAY_STORE_URL']);
  delete process.env['FAIRWAY_STORE_URL']; // nothing that is started from here inherits the password
  if (!store.ok) return store;
  const listen = options.background ? ok(onLoopback) : chooseListen(options);
  if (!listen.ok) return listen;
  const twin = process.env['FAIRWAY_TWIN'] === '1';
  return startControlPlane(folder, clock, { listen: listen.value, store: store.value, twin, ...told });
}

/** In the background nobody reads it, and neither the log nor a file is a place for it. */
async function tellLink(
  running: Running,
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<void> {
  const made = await running.link();
  if (!made.ok) return complain(`error  ${describeFailure(made.error).sentence}`);
  if (process.stdout.isTTY === true) {
    print(`dashboard: ${made.value.url}`);
    print('           it opens once, within ten minutes; "fairway dashboard" makes another one');
  } else print('dashboard: "fairway dashboard" prints a link that opens it once');
  if (made.value.url.startsWith('http://') && !made.value.url.startsWith('http://127.0.0.1:'))
    complain('warning  without https whoever is on the way can read tokens and sessions');
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Longer than that nothing is waited for: all that matters is in the journal. */
const stopLimit = millis(15_000);

const idleLimit = millis(60_000);

async function untilIdle({ engine, recovery }: Running, clock: Clock, ended: AbortController): Promise<void> {
  let busyUntil = clock.now() + idleLimit;
  while (!ended.signal.aborted && clock.now() < busyUntil) {
    await clock.sleep(millis(1_000), ended.signal);
    if (recovery.busy() || (await engine.busy())) busyUntil = clock.now() + idleLimit;
  }
}
