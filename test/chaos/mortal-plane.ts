import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngine, type ReleaseRequest } from '#engine';
import { type Clock, instant, millis, seededRandom } from '#kernel';
import type { Store } from '#ports';
import { startRouter } from '#router';
import { openPostgresStore, openSqliteStore } from '#store';
import { createEmbeddedStore } from '#stores';
import { createLocalTarget } from '#targets/local';
import { type Fate, mortalTarget, type Traced } from './mortal-target.ts';

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
  /** `dieAt`: the name of the effect, see `Traced`, that it does not survive; null: it lives. */
  | { readonly ask: 'release'; readonly request: ReleaseRequest; readonly dieAt: string | null }
  | { readonly ask: 'entries'; readonly after: number }
  | { readonly ask: 'down' | 'look' | 'stop' };

const system = 'chaos';
const environment = 'dev';

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
  const fate: { -readonly [K in keyof Fate]: Fate[K] } = { dieAt: null, random, trace };
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
      fate.dieAt = command.dieAt;
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
  process.on('message', ({ id, command }: { id: number; command: Command }) => {
    void answer(command)
      .catch((reason: unknown) => ({ thrown: String(reason) }))
      .then((told) => process.send?.({ id, answer: told }));
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
