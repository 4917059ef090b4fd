import { aPolicy, aService } from '#core/release/fixture';
import type { Environment, ReleasePolicy, Service } from '#core/system';
import { createEngine, type Engine } from '#engine';
import { fastClock, memoryTarget, type MemoryWorld, memoryWorld } from '#engine/fixture';
import { type Clock, err, ok } from '#kernel';
import type { Store } from '#ports';
import { createMemoryStore } from '#store';
import { type Access, createAccess } from './access/index.ts';
import { createServer, type Server } from './app.ts';
import type { ServerOptions } from './options.ts';
import type { InCharge } from './reading.ts';

/** A control plane in this process over a world in memory, asked as programs ask it. */

/** Of the control file: who holds it may do everything. */
export const key = 'c'.repeat(64);

const servers: Server[] = [];
const engines: Engine[] = [];

export async function stopEngines(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.end()));
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
}

export interface BenchOptions {
  readonly release?: Partial<ReleasePolicy>;
  readonly service?: Partial<Service>;
  readonly clock?: Clock;
  readonly world?: MemoryWorld;
  readonly store?: Store;
  readonly owner?: string;
  readonly inCharge?: InCharge;
  /** What is wrong with the definition of an environment; null, or left out: nothing. */
  readonly load?: (environment: string) => readonly string[] | null;
  /** What is to be another way than here. */
  readonly server?: Partial<ServerOptions>;
}

export function aBench(options: BenchOptions = {}) {
  const clock = options.clock ?? fastClock();
  const world = options.world ?? memoryWorld();
  const store = options.store ?? createMemoryStore({ clock });
  const engine = createEngine({
    store,
    clock,
    owner: options.owner ?? 'test',
    targetFor: () => memoryTarget(world, clock),
    report: () => undefined,
  });
  engines.push(engine);
  let build = 0;
  const access = accessOf(store, clock);
  const server = createServer({
    engine,
    clock,
    system: 'shop',
    folder: '/shop',
    access,
    dashboard: null,
    environments: async () => ['dev'],
    async load(_folder, name) {
      const findings = options.load?.(name) ?? null;
      return findings === null ? ok(environmentOf(options, String(build++))) : err({ findings });
    },
    shutdown: () => undefined,
    ...(options.inCharge === undefined ? {} : { inCharge: options.inCharge }),
    ...options.server,
  });
  servers.push(server);
  const { app } = server;
  const ask = async <T>(path: string, body?: unknown): Promise<{ status: number; body: T }> => {
    const headers = {
      authorization: `Bearer ${key}`,
      host: '127.0.0.1:7070',
      'content-type': 'application/json',
    };
    const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    const answer = await app.request(`/v1/environments/dev/${path}`, init);
    return { status: answer.status, body: (await answer.json()) as T };
  };
  return { app, ask, access, clock, engine, store, world };
}

function accessOf(store: Store, clock: Clock): Access {
  let made = 0;
  return createAccess({
    store,
    clock,
    bytes: (count) => new Uint8Array(count).fill(++made),
    key: () => key,
    user: 'tester',
    origin: 'http://127.0.0.1:7070',
    system: 'shop',
  });
}

/** Each time it is read another variable differs, so that there is something to release. */
function environmentOf({ release, service }: BenchOptions, version: string): Environment {
  return {
    system: 'shop',
    name: 'dev',
    target: 'local',
    services: [aService('edge', { ...service, env: { VERSION: version } })],
    stores: [],
    checks: [],
    secrets: [],
    flags: {},
    release: { ...aPolicy, ...release, migrations: versioned(release?.migrations ?? null, version) },
  };
}

/** A job that is the same as in the release before has nothing to do. */
function versioned(migrations: ReleasePolicy['migrations'], version: string): ReleasePolicy['migrations'] {
  if (migrations === null) return null;
  const jobs = migrations.jobs.map((job) => ({
    ...job,
    service: { ...job.service, env: { VERSION: version } },
  }));
  return { ...migrations, jobs };
}

/** Lets the control plane work until something is so. */
export async function until<T>(look: () => Promise<T> | T, isSo: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 2_000; tries++) {
    const value = await look();
    if (isSo(value)) return value;
    await new Promise((go) => setImmediate(go));
  }
  throw new Error(`it did not come about: ${JSON.stringify(await look()).slice(0, 2_000)}`);
}
