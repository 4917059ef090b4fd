import { type Revision, type RouteTable, revisionOf } from '#core/release';
import type { Counts } from '#core/gate';
import { answers } from '#core/release/fixture';
import { type Clock, type Failure, fail, type Instant, instant, type Millis, ok } from '#kernel';
import type { Observation, Target } from '#ports';

/** A world in memory that does what it is told, for tests of the engine: replicas are ready at once, traffic is given. */
export interface MemoryWorld {
  readonly replicas: Map<string, { service: string; count: number; since: Instant; crashes: number }>;
  readonly counts: Map<string, Counts>;
  /** Revisions of which two in five requests fail, ten requests between one look and the next. */
  readonly failing: Set<string>;
  readonly told: string[];
  table: RouteTable;
  open: boolean;
  checksGreen: boolean;
  /** Called before an effect is performed; a failure it returns is the effect's outcome. */
  before: (effect: string) => Failure | null | Promise<Failure | null>;
}

export const memoryWorld = (): MemoryWorld => ({
  replicas: new Map(),
  counts: new Map(),
  failing: new Set(),
  told: [],
  table: { version: 0, routes: [] },
  open: false,
  checksGreen: true,
  before: () => null,
});

export function memoryTarget(world: MemoryWorld, clock: Clock): Target {
  async function effect<T>(name: string, act: () => T) {
    world.told.push(name);
    const failure = await world.before(name);
    return failure === null ? ok(act()) : fail(failure.code, failure.facts);
  }
  const put = (revision: Revision, count: number) => {
    const known = world.replicas.get(revision.id) ?? {
      service: revision.service,
      count: 0,
      since: clock.now(),
      crashes: 0,
    };
    world.replicas.set(revision.id, { ...known, count: Math.max(known.count, count) });
    return null;
  };
  return {
    can: {
      name: 'memory',
      weightedTraffic: true,
      affinity: false,
      perRevisionCounters: true,
      embeddedStores: [],
      memoryLimit: 'none',
      cpuLimit: 'none',
      runsTasks: true,
      pausesConsumers: true,
      previews: false,
    },
    open: () => effect('open', () => ((world.open = true), null)),
    build: async (service) => ok(revisionOf(service, 'build', {})),
    adopt: (service, build) => effect(`adopt ${build}`, () => revisionOf(service, build, {})),
    ensureReplicas: ({ revision, count }) =>
      effect(`ensure ${revision.id} ${count}`, () => put(revision, count)),
    setRoute: (table) =>
      effect(`route ${table.version}`, () => {
        if (table.version > world.table.version) world.table = table;
        return { acknowledged: world.table.version };
      }),
    drain: ({ revision, keep }) => effect(`drain ${revision} ${keep}`, () => ({ cut: 0 })),
    stop: ({ revision, keep }) =>
      effect(`stop ${revision} ${keep}`, () => {
        const known = world.replicas.get(revision);
        if (known && keep === 0) world.replicas.delete(revision);
        else if (known) world.replicas.set(revision, { ...known, count: Math.min(known.count, keep) });
        return null;
      }),
    consume: ({ revision, active }) => effect(`consume ${revision} ${active}`, () => null),
    runTask: (ask) =>
      effect(ask.kind === 'check' ? `check ${ask.check.name}` : `job ${ask.job.service}`, () => ({
        exitCode: world.checksGreen ? 0 : 1,
        output: '{"detail":"measured"}',
        tookMillis: 1,
      })),
    observe: async () => {
      for (const [revision, { service }] of world.replicas) {
        const { requests = 0, failures = 0 } = world.counts.get(revision) ?? {};
        if (world.failing.has(revision)) answered(world, service, revision, requests + 10, failures + 4);
      }
      return seen();
    },
    async *logs() {},
    close: () =>
      effect('close', () => {
        world.replicas.clear();
        world.open = false;
        return null;
      }),
    release: async () => undefined,
  };

  function seen(): Observation {
    return {
      at: clock.now(),
      replicas: [...world.replicas].flatMap(([revision, { service, count, since, crashes }]) =>
        Array.from({ length: count }, (_, i) => ({
          replica: `${revision}-${i}`,
          service,
          revision,
          state: 'ready' as const,
          readySince: since,
          crashes: i === 0 ? crashes : 0,
          detail: null,
          port: null,
          pid: null,
          consuming: null,
        })),
      ),
      stores: [],
      unread: [],
      router: {
        state: 'serving',
        acknowledged: world.table.version,
        addresses: {},
        previews: {},
        counts: [...world.counts.values()],
      },
    };
  }
}

/** Traffic that a revision has answered since it exists. */
export function answered(
  world: MemoryWorld,
  service: string,
  revision: string,
  requests: number,
  failures: number,
): void {
  const totals = answers(requests, failures);
  world.counts.set(revision, { service, revision, epoch: 'one', ...totals, replicas: [] });
}

/** A clock that runs as fast as the work allows: sleeping moves it on once nothing else is left to do. */
export function fastClock(): Clock {
  let now = 1_000_000;
  const sleepers: { at: number; wake: () => void }[] = [];
  let ticking = false;
  const advance = () => {
    ticking = false;
    sleepers.sort((a, b) => a.at - b.at);
    const next = sleepers.shift();
    if (next === undefined) return;
    now = Math.max(now, next.at);
    next.wake();
    schedule();
  };
  const schedule = () => {
    if (ticking || sleepers.length === 0) return;
    ticking = true;
    setImmediate(() => setImmediate(advance));
  };
  return {
    now: () => instant(now),
    sleep(length: Millis, signal?: AbortSignal) {
      if (signal?.aborted === true) return Promise.resolve();
      return new Promise<void>((resolve) => {
        const sleeper = { at: now + length, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener(
          'abort',
          () => {
            const at = sleepers.indexOf(sleeper);
            if (at >= 0) sleepers.splice(at, 1);
            resolve();
          },
          { once: true },
        );
        schedule();
      });
    },
  };
}
