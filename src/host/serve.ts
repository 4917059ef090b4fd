import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { serve as listen } from '@hono/node-server';
import type { ServeOptions } from '#cli';
import type { Rollout } from '#core/release';
import { createEngine, type Engine } from '#engine';
import { type Clock, describeFailure, type Failure, fail, millis, ok, type Result } from '#kernel';
import { freePort, identify, probePort } from '#process';
import { createApp } from '#server';
import { createLocalTarget } from '#targets/local';
import { makeStateFolder, newKey } from './control-file.ts';
import { environmentNames, readEnvironment, readSystemName } from './definitions.ts';
import { createRecoveries, type Recoveries } from './recovery.ts';
import { openState } from './state.ts';
import { chooseStore, type StoreChoice } from './store-choice.ts';
import { targetOptions } from './target-options.ts';

export interface Running {
  readonly address: string;
  /** Opens the status page; carries the key for looking. */
  readonly link: string;
  readonly engine: Engine;
  readonly recovery: Recoveries;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly port: number | null;
  readonly store: StoreChoice;
  /** Tests only: every state of a rollout is sent through JSON, which it must survive. */
  readonly twin?: boolean;
  readonly report: (failure: Failure) => void;
  readonly shutdown: () => void;
}

/**
 * Starts a control plane of a system folder in this process: takes its place there, opens the state, lets every
 * environment that is up go on, and listens on loopback. Stopping it leaves services, stores and router running.
 */
export async function startControlPlane(
  folder: string,
  clock: Clock,
  options: StartOptions,
): Promise<Result<Running>> {
  const made = makeStateFolder(folder);
  if (!made.ok) return made;
  const opened = await openState(folder, clock, options.store, (last) => choosePort(options.port, last));
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
  const keys = { control: newKey(), view: state.last?.view ?? newKey() };
  const announce = () => {
    const own = identify(process.pid);
    state.announce({ pid: process.pid, started: own?.started ?? '', address, ...keys });
  };
  const app = createApp({
    engine,
    clock,
    system,
    folder,
    keys,
    load: readEnvironment,
    environments: () => environmentNames(folder),
    recovery,
    changeKeys() {
      Object.assign(keys, { control: newKey(), view: newKey() });
      announce();
    },
    shutdown: options.shutdown,
    ...(inCharge === undefined ? {} : { inCharge }),
  });
  const server = await bind(app.fetch, Number(new URL(address).port));
  if (!server.ok) {
    await recovery.end();
    await state.close();
    return server;
  }
  announce();
  await engine.recover();
  return ok({
    address,
    link: `${address}/?key=${keys.view}`,
    engine,
    recovery,
    async stop() {
      server.value.close();
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

interface Closable {
  close(): void;
}

function bind(fetch: Parameters<typeof listen>[0]['fetch'], port: number): Promise<Result<Closable>> {
  return new Promise((resolve) => {
    const server = listen({ fetch, port, hostname: '127.0.0.1' }, () => {
      resolve(
        ok({
          close() {
            server.close();
            if ('closeAllConnections' in server) server.closeAllConnections();
          },
        }),
      );
    });
    server.once('error', () => resolve(fail('port_taken', { port })));
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
  print(`control plane of ${folder} at ${options.background ? started.value.address : started.value.link}`);
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
  const twin = process.env['FAIRWAY_TWIN'] === '1';
  return startControlPlane(folder, clock, { port: options.port, store: store.value, twin, ...told });
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
