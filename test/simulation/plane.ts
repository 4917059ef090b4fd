import { createEngine, type Engine, usualPaces } from '#engine';
import { type Clock, type Failure, millis } from '#kernel';
import type { Store, Target } from '#ports';

/** A control plane that can be killed: from that moment on nothing it does reaches the store or the world any more. */
export interface Plane {
  readonly owner: string;
  readonly engine: Engine;
  readonly failures: Failure[];
  isDead(): boolean;
  kill(): void;
}

const forever = <T>() => new Promise<T>(() => undefined);

export function startPlane(options: {
  readonly owner: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly targetFor: (environment: string) => Target;
  readonly beforeEffect: (key: string) => void;
}): Plane {
  const { owner, store, clock, targetFor, beforeEffect } = options;
  const failures: Failure[] = [];
  let dead = false;
  const living = <T>(work: () => Promise<T>): Promise<T> =>
    dead ? forever() : work().then((value) => (dead ? forever<T>() : value));
  const engine = createEngine({
    store: mortalStore(store, living),
    clock: { now: () => clock.now(), sleep: (length, signal) => living(() => clock.sleep(length, signal)) },
    owner,
    targetFor: (environment) => mortalTarget(targetFor(environment), living, beforeEffect),
    report: (failure) => void failures.push(failure),
    paces: { ...usualPaces, busy: millis(1_000), idle: millis(5_000) },
  });
  return {
    owner,
    engine,
    failures,
    isDead: () => dead,
    kill: () => {
      dead = true;
    },
  };
}

type Living = <T>(work: () => Promise<T>) => Promise<T>;

function mortalStore(store: Store, living: Living): Store {
  return {
    commit: (commit) => living(() => store.commit(commit)),
    read: (stream, after, limit) => living(() => store.read(stream, after, limit)),
    last: (stream) => living(() => store.last(stream)),
    row: (kind, key) => living(() => store.row(kind, key)),
    rows: (kind, prefix) => living(() => store.rows(kind, prefix)),
    verify: (stream) => living(() => store.verify(stream)),
    acquire: (name, owner, length, now) => living(() => store.acquire(name, owner, length, now)),
    giveUp: (name, owner) => living(() => store.giveUp(name, owner)),
    close: () => living(() => store.close()),
  };
}

/** What a killed controller had begun in the world goes on there; nobody hears of its end. */
function mortalTarget(target: Target, living: Living, beforeEffect: (key: string) => void): Target {
  const effect =
    <A, T>(act: (ask: A, context: Parameters<Target['stop']>[1]) => Promise<T>) =>
    (ask: A, context: Parameters<Target['stop']>[1]) =>
      living(() => {
        beforeEffect(context.key);
        return act(ask, context);
      });
  return {
    can: target.can,
    open: effect((ask, context) => target.open(ask, context)),
    build: (service, folder, context) => living(() => target.build(service, folder, context)),
    adopt: (service, build, context) => living(() => target.adopt(service, build, context)),
    ensureReplicas: effect((ask, context) => target.ensureReplicas(ask, context)),
    setRoute: effect((ask, context) => target.setRoute(ask, context)),
    drain: effect((ask, context) => target.drain(ask, context)),
    stop: effect((ask, context) => target.stop(ask, context)),
    consume: effect((ask, context) => target.consume(ask, context)),
    runTask: effect((ask, context) => target.runTask(ask, context)),
    observe: () => living(() => target.observe()),
    logs: (ask, signal) => target.logs(ask, signal),
    close: effect((ask, context) => target.close(ask, context)),
    release: () => living(() => target.release()),
  };
}
