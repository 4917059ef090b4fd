import { join } from 'node:path';
import { between, type Clock, fail, ok, type Result } from '#kernel';
import { takeLock } from '#process';
import type {
  EmbeddedStore,
  ExchangeableStore,
  ExchangeAsk,
  Exchanged,
  StoreBinding,
  StoreEvent,
} from '../contract.ts';
import { teller, type Tell } from '../postgres/replication/index.ts';
import { createTurns, returningDiskFailures } from '../supervisor/index.ts';
import { canRenameInto, shapeOf } from './move.ts';
import {
  type Exchange,
  formerOf,
  formerWithin,
  markTaken,
  readExchange,
  removeExchange,
  writeExchange,
} from './record.ts';
import { bring, bringBack, canBeTaken, dataMissing, hasData, place, putAside } from './steps.ts';

interface Ground {
  readonly folder: string;
  readonly server: EmbeddedStore;
  readonly clock: Clock;
  readonly tell: Tell;
}

/**
 * A store whose data can be exchanged for restored ones. Each step is written down before it is done and can be done
 * again from its beginning: `ensure` ends an exchange that was left half-done, whoever left it, before anything is
 * started. Until the store's own home is moved the exchange can still be given up; afterwards it is only gone on with.
 */
export function exchangeable(
  server: EmbeddedStore,
  options: { folder: string; clock: Clock; tell?: (event: StoreEvent) => void },
): ExchangeableStore {
  const { folder, clock } = options;
  const { spec } = server;
  const ground = { folder, server, clock, tell: teller(folder, spec.name, clock, options.tell) };
  const inTurn = createTurns();
  const ask = <T>(task: () => Promise<Result<T>>) =>
    inTurn(() => returningDiskFailures({ folder, kind: { spec } }, task));
  return {
    spec,
    health: () => server.health(),
    ensure: (signal) => ask(() => ensure(ground, signal)),
    stop: (signal) => ask(() => server.stop(signal)),
    erase: () => ask(() => server.erase()),
    exchange: (what, signal) => ask(() => exchange(ground, what, signal)),
  };
}

async function ensure(ground: Ground, signal: AbortSignal): Promise<Result<StoreBinding>> {
  const begun = await readExchange(ground.folder);
  if (!begun.ok) return begun;
  if (begun.value === null) return ground.server.ensure(signal);
  return alone(ground, async () => {
    const binding = await carryOn(ground, signal);
    if (binding.ok) return binding;
    const left = await readExchange(ground.folder);
    return left.ok && left.value === null ? ground.server.ensure(signal) : binding; // it was given up
  });
}

async function exchange(ground: Ground, ask: ExchangeAsk, signal: AbortSignal): Promise<Result<Exchanged>> {
  const { folder, server, clock, tell } = ground;
  return alone(ground, async () => {
    const moved = await endFormer(ground, signal);
    if (!moved.ok) return moved;
    const done =
      (await shapeOf(join(ask.restored, 'home'))) === null ? await formerOf(ask.restored, folder) : null;
    if (done !== null) return answer(await carryOn(ground, signal), done);
    const fit = await canBeTaken(server.spec, ask);
    if (!fit.ok) return fit;
    const former = (await canRenameInto(folder, ask.former)) ? ask.former : formerWithin(folder, ask.former);
    const begun: Exchange = { step: 'bringing', restored: ask.restored, former, begun: clock.now() };
    await markTaken(ask.restored, folder, former);
    await writeExchange(folder, begun);
    await tell('exchange_begun', { restored: ask.restored, former });
    return answer(await carryOn(ground, signal), former);
  });
}

const answer = (binding: Result<StoreBinding>, former: string): Result<Exchanged> =>
  binding.ok ? ok({ former, binding: binding.value }) : binding;

/** One that was left is ended as far as its moves go: its data need not start, they may be why another one is asked for. */
async function endFormer(ground: Ground, signal: AbortSignal): Promise<Result<null>> {
  for (;;) {
    const read = await readExchange(ground.folder);
    if (!read.ok) return read;
    if (read.value === null || read.value.step === 'starting') return ok(null);
    const taken = await takeStep(ground, read.value, signal);
    if (!taken.ok) return taken;
  }
}

async function carryOn(ground: Ground, signal: AbortSignal): Promise<Result<StoreBinding>> {
  for (;;) {
    const read = await readExchange(ground.folder);
    if (!read.ok) return read;
    if (read.value === null) return ground.server.ensure(signal);
    if (read.value.step === 'starting') return start(ground, read.value, signal);
    const taken = await takeStep(ground, read.value, signal);
    if (!taken.ok) return taken;
  }
}

/** On failure of a step before the store's own home was moved, everything is as it was, and the store runs again. */
async function takeStep(ground: Ground, exchange: Exchange, signal: AbortSignal): Promise<Result<null>> {
  const { folder, server, tell } = ground;
  const taken = await returningDiskFailures({ folder, kind: { spec: server.spec } }, () =>
    doStep(ground, exchange, signal),
  );
  if (taken.ok || exchange.step === 'placing' || signal.aborted) return taken;
  const isMoved = (await shapeOf(join(exchange.former, 'home'))) !== null;
  if (isMoved) return taken;
  await bringBack(folder, exchange);
  await removeExchange(folder);
  await tell('exchange_given_up', { reason: taken.error.code });
  await server.ensure(signal);
  return taken;
}

async function doStep(ground: Ground, exchange: Exchange, signal: AbortSignal): Promise<Result<null>> {
  const { folder, server, tell } = ground;
  switch (exchange.step) {
    case 'bringing': {
      if (!(await bring(folder, exchange))) return dataMissing(exchange.restored ?? folder);
      await tell('exchange_step', { done: 'brought' });
      return toStep(ground, { ...exchange, step: 'stopping' });
    }
    case 'stopping': {
      const stopped = await server.stop(signal);
      if (!stopped.ok) return stopped;
      await tell('exchange_step', { done: 'stopped' });
      return toStep(ground, { ...exchange, step: 'aside' });
    }
    case 'aside': {
      await putAside(folder, exchange);
      await tell('exchange_step', { done: 'put_aside' });
      return toStep(ground, { ...exchange, step: 'placing' });
    }
    case 'placing': {
      await place(folder, exchange);
      await tell('exchange_step', { done: 'placed' });
      return toStep(ground, { ...exchange, step: 'starting' });
    }
    case 'starting':
      return ok(null);
  }
}

async function toStep({ folder, tell }: Ground, exchange: Exchange): Promise<Result<null>> {
  await writeExchange(folder, exchange);
  await tell('exchange_step', { step: exchange.step });
  return ok(null);
}

async function start(
  { folder, server, clock, tell }: Ground,
  { begun, former }: Exchange,
  signal: AbortSignal,
): Promise<Result<StoreBinding>> {
  // A start would make an empty store, for want of the restored one.
  if (!(await hasData(server.spec, folder))) return dataMissing(folder);
  const binding = await server.ensure(signal);
  if (!binding.ok) return binding;
  await removeExchange(folder);
  await tell('exchange_done', { former, tookMillis: Math.round(between(begun, clock.now())) });
  return binding;
}

/** Also when the folder is opened twice: a changed definition, a control plane that takes over while the other one works. */
async function alone<T>({ folder, server }: Ground, work: () => Promise<Result<T>>): Promise<Result<T>> {
  const lock = takeLock(join(folder, 'exchange.lock'));
  if (!lock.ok) return fail('store_exchange_busy', { store: server.spec.name });
  try {
    return await work();
  } finally {
    lock.value();
  }
}
