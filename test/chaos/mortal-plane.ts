import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngine, type ReleaseRequest } from '#engine';
import { type Clock, instant, millis, seededRandom } from '#kernel';
import type { EffectContext, Store, Target } from '#ports';
import { startRouter } from '#router';
import { openPostgresStore, openSqliteStore } from '#store';
import { createEmbeddedStore } from '#stores';
import { createLocalTarget } from '#targets/local';

/**
 * A control plane as a process of its own, composed as `fairway serve` does it, that kills itself right after an effect was
 * begun and before its result is journaled. `MORTAL` tells it how, commands come by the channel to its parent.
 */
export interface Birth {
  readonly folder: string;
  readonly owner: string;
  readonly seed: number;
  /** Every line is on disk before the process goes on: what was begun is known after a kill. */
  readonly trace: string;
  /** A Postgres, password included; null: a SQLite file in the folder. */
  readonly store: string | null;
}

export type Command =
  | { readonly ask: 'up'; readonly request: ReleaseRequest }
  /** `dieAt`: the number of the effect, from this release on, that it does not survive; 0: it lives. */
  | { readonly ask: 'release'; readonly request: ReleaseRequest; readonly dieAt: number }
  | { readonly ask: 'entries'; readonly after: number }
  | { readonly ask: 'down' | 'look' | 'stop' };

/** What was done to the world, in the words of the trace. */
export interface Traced {
  readonly at: number;
  readonly pid: number;
  /** `charged`: the lease is its own now; `opened`: it has found again what runs. */
  readonly what: 'born' | 'charged' | 'opened' | 'begun' | 'done' | 'failed' | 'killed';
  /** Number since the last release was asked of this process. */
  readonly number: number;
  /** Key of the effect, and what it is. */
  readonly key: string;
  readonly effect: string;
  readonly ask: unknown;
  readonly detail: string;
}

const system = 'chaos';
const environment = 'dev';
/** Of the lives that an effect is given, a third ends with the effect itself: done, and nobody knows. */
const longestLife = 50;
const livesToEnd = 1 / 3;

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};

if (process.env['MORTAL'] !== undefined) await live(JSON.parse(process.env['MORTAL']) as Birth);

async function live(birth: Birth): Promise<void> {
  delete process.env['MORTAL']; // the password of the store is inherited by nothing
  const random = seededRandom(birth.seed);
  const trace = (what: Traced['what'], more: Partial<Traced> = {}) => {
    const line = {
      at: Date.now(),
      pid: process.pid,
      what,
      number: 0,
      key: '',
      effect: '',
      ask: null,
      detail: '',
    };
    appendFileSync(birth.trace, `${JSON.stringify({ ...line, ...more })}\n`);
  };
  trace('born');
  let leads = false;
  const store = watched(await openStore(birth), (isHeld) => {
    if (isHeld && !leads) trace('charged');
    leads = isHeld;
  });
  const fate = { begun: 0, dieAt: 0, random, trace };
  const engine = createEngine({
    store,
    clock,
    owner: birth.owner,
    report: (failure) => {
      if (failure.code !== 'lease_held') trace('failed', { detail: JSON.stringify(failure) });
    },
    targetFor: (name) =>
      mortalTarget(
        createLocalTarget({
          place: { system, environment: name, folder: birth.folder },
          clock,
          random: Math.random,
          router: startRouter,
          stores: createEmbeddedStore,
          variables: process.env,
        }),
        fate,
      ),
  });
  await engine.recover();

  async function answer(command: Command): Promise<unknown> {
    if (command.ask === 'up') return engine.up(command.request);
    if (command.ask === 'release') {
      Object.assign(fate, { begun: 0, dieAt: command.dieAt });
      return engine.release(command.request);
    }
    if (command.ask === 'entries') return engine.entries(environment, command.after, 10_000);
    if (command.ask === 'down') return engine.down(environment, { by: 'ann', note: '', erase: true });
    if (command.ask === 'look') {
      const row = (await store.row('environment', environment))?.value ?? null;
      const lease = await engine
        .runner(environment)
        .then((runner) => runner.serial(async () => ({ ok: true, value: null })));
      return { row, leads: lease.ok, seen: await (await engine.runner(environment)).target.observe() };
    }
    await engine.stop();
    await store.close();
    setTimeout(() => process.exit(0), 50);
    return null;
  }
  process.on('message', async ({ id, command }: { id: number; command: Command }) => {
    process.send?.({
      id,
      answer: await answer(command).catch((reason: unknown) => ({ thrown: String(reason) })),
    });
  });
  process.on('disconnect', () => process.exit(0)); // the test is gone
  process.send?.({ id: 0, answer: null });
}

async function openStore({ folder, store }: Birth): Promise<Store> {
  const opened =
    store === null
      ? await openSqliteStore(`${folder}/journal.db`, { clock, busyTimeout: millis(1_000) })
      : await openPostgresStore({ url: store });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  return opened.value;
}

/** Tells what the store says of the lease, each time it is asked. */
function watched(store: Store, tell: (isHeld: boolean) => void): Store {
  return {
    ...store,
    async acquire(name, owner, length, now) {
      const lease = await store.acquire(name, owner, length, now);
      tell(lease.ok);
      return lease;
    },
  };
}

interface Fate {
  begun: number;
  dieAt: number;
  readonly random: () => number;
  readonly trace: (what: Traced['what'], more: Partial<Traced>) => void;
}

/** The real target, whose effects are counted; the fatal one is begun, and its result never comes. */
function mortalTarget(target: Target, fate: Fate): Target {
  const effect =
    <A, T>(name: string, act: (ask: A, context: EffectContext) => Promise<{ ok: boolean } & T>) =>
    async (ask: A, context: EffectContext) => {
      const about = { number: ++fate.begun, key: context.key, effect: name, ask: brief(ask) };
      fate.trace('begun', about);
      const running = act(ask, context);
      if (about.number !== fate.dieAt) {
        const result = await running;
        fate.trace(result.ok ? 'done' : 'failed', {
          ...about,
          detail: result.ok ? '' : JSON.stringify(result),
        });
        return result;
      }
      const begun = Date.now();
      let how = 'under way';
      const end = running.then(({ ok }) => (how = ok ? 'done' : 'failed'));
      await (fate.random() < livesToEnd ? end : delay(fate.random() * longestLife));
      fate.trace('killed', { ...about, detail: `after ${Date.now() - begun} ms, ${how}` });
      process.kill(process.pid, 'SIGKILL');
      return new Promise<never>(() => undefined);
    };
  return {
    ...target,
    async open(declared, context) {
      const opened = await target.open(declared, context);
      fate.trace(opened.ok ? 'opened' : 'failed', { effect: 'open', detail: opened.ok ? '' : JSON.stringify(opened) });
      return opened;
    },
    ensureReplicas: effect('ensureReplicas', target.ensureReplicas),
    setRoute: effect('setRoute', target.setRoute),
    consume: effect('consume', target.consume),
    drain: effect('drain', target.drain),
    stop: effect('stop', target.stop),
    runTask: effect('runTask', target.runTask),
  };
}

/** Without the whole text of a revision. */
function brief(ask: unknown): unknown {
  const { revision, job, ...rest } = ask as Readonly<Record<string, unknown>>;
  const named = [revision, job].map((each) => (each as { readonly id?: string } | undefined)?.id ?? each);
  return {
    ...rest,
    ...(named[0] === undefined ? {} : { revision: named[0] }),
    ...(named[1] === undefined ? {} : { job: named[1] }),
  };
}
