import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { aGate } from '#core/release/fixture';
import type { Revision, RouteTable } from '#core/release';
import type { Check, Environment, Service } from '#core/system';
import {
  after,
  type Clock,
  instant,
  millis,
  minutes,
  percent,
  type Result,
  seconds,
  seededRandom,
} from '#kernel';
import type { EffectContext, Observation, ReplicaView, Target } from '#ports';
import { signalGroup } from '#process';
import { codeOf } from '../files.ts';
import { placeMark } from '../folders.ts';
import { createLocalTarget, type LocalTargetOptions } from '../index.ts';
import { findMarked } from '../orphans.ts';
import { standInRouter } from './standin-router.ts';

export const systemClock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** A system's folder in a temporary place, with targets on it; `end` leaves nothing behind. */
export interface World {
  readonly folder: string;
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  /** A new control plane on the same folder. */
  target(more?: Partial<LocalTargetOptions>): Target;
  /** Ends the router the hard way. */
  stopRouter(): Promise<void>;
  end(): Promise<void>;
}

let seed = randomInt(1_000_000_000);

export async function createWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-local-'));
  const place = { system: 'shop', environment: 'dev', folder };
  const targets: Target[] = [];
  const router = standInRouter();
  return {
    folder,
    async write(path, text) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    },
    read: (path) => readFile(join(folder, path), 'utf8'),
    target(more = {}) {
      seed += 1;
      const target = createLocalTarget({
        place,
        clock: systemClock,
        random: seededRandom(seed),
        router,
        stores: () => {
          throw new Error('this test declares no store');
        },
        variables: { PATH: process.env['PATH'], HOME: folder },
        ...more,
      });
      targets.push(target);
      return target;
    },
    stopRouter: () => router.stopAll(),
    async end() {
      for (const target of targets) await target.release();
      for (const { identity } of await findMarked(placeMark(place))) signalGroup(identity.pid, 'SIGKILL');
      await router.stopAll();
      await removeGroups(join(folder, '.fairway', 'dev', 'replicas.json'));
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

async function removeGroups(stateFile: string): Promise<void> {
  const text = await readFile(stateFile, 'utf8').catch(() => '{}');
  const { replicas = [] } = JSON.parse(text) as {
    replicas?: readonly { readonly limits: readonly string[] }[];
  };
  const folders = replicas.flatMap(({ limits }) => limits);
  for (const folder of folders)
    for (const each of [folder, dirname(folder), dirname(dirname(folder))])
      for (let attempt = 0; attempt < 50; attempt += 1) {
        const isGone = await rmdir(each).then(
          () => true,
          (reason) => codeOf(reason) !== 'EBUSY',
        );
        if (isGone) break;
        await delay(20); // the processes in it are being collected
      }
}

let effects = 0;
export function context(more: Partial<EffectContext> = {}): EffectContext {
  effects += 1;
  return {
    key: `effect-${effects}`,
    fence: 1,
    deadline: after(systemClock.now(), minutes(1)),
    signal: new AbortController().signal,
    ...more,
  };
}

export const probe = (path: string) => ({
  path,
  interval: millis(200),
  timeout: seconds(2),
  successes: 1,
  failures: 3,
});

export function service(name: string, more: Partial<Service> = {}): Service {
  return {
    name,
    folder: `services/${name}`,
    include: [],
    command: ['node', 'main.mjs'],
    env: {},
    secrets: [],
    needs: [],
    exposure: 'public',
    traffic: 'http',
    port: null,
    replicas: 1,
    resources: { memory: null, cpu: null },
    probes: { live: null, ready: probe('/readyz'), startup: null },
    shutdown: { drain: seconds(5), websocketDrain: seconds(1), grace: seconds(5) },
    affinity: null,
    consumer: null,
    strategy: { kind: 'rolling', surge: 1, unavailable: 0, settle: seconds(1) },
    ...more,
  };
}

/** A consumer whose program is `consumerProgram`. */
export const worker = (more: Partial<Service> = {}): Service =>
  service('worker', {
    traffic: 'none',
    consumer: { pause: '/-/pause', resume: '/-/resume' },
    shutdown: { drain: seconds(1), websocketDrain: seconds(1), grace: seconds(1) },
    ...more,
  });

/** A program that runs to its end, in the folder `jobs/<name>`. */
export const job = (name: string, more: Partial<Service> = {}): Service =>
  service(name, {
    folder: `jobs/${name}`,
    command: ['node', 'job.mjs'],
    traffic: 'none',
    replicas: 0,
    probes: { live: null, ready: null, startup: null },
    shutdown: { drain: seconds(1), websocketDrain: seconds(1), grace: seconds(2) },
    ...more,
  });

export function environment(services: readonly Service[], more: Partial<Environment> = {}): Environment {
  return {
    system: 'shop',
    name: 'dev',
    target: 'local',
    services,
    stores: [],
    checks: [],
    secrets: [],
    flags: {},
    release: {
      gate: { ...aGate, errorShare: percent(1), slowerThan: seconds(1) },
      startDeadline: minutes(1),
      routeDeadline: seconds(10),
      deadline: minutes(60),
      keepOld: minutes(10),
      watch: minutes(1),
      approval: null,
      window: null,
      freezes: [],
      supersede: 'refuse',
      hooks: { before: [], after: [] },
      migrations: null,
    },
    ...more,
  };
}

export function check(name: string, run: Check['run'], more: Partial<Check> = {}): Check {
  return { name, run, secrets: [], needs: [], every: minutes(1), timeout: seconds(20), ...more };
}

export function routeTo(version: number, ...revisions: readonly Revision[]): RouteTable {
  return {
    version,
    routes: revisions.map(({ id, service }) => ({
      service,
      arms: [{ revision: id, role: 'stable', weight: percent(100) }],
    })),
  };
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Looks again and again until there is something to see; the last look is told when there never is. */
export async function until<T>(
  look: () => T | Promise<T>,
  tell: () => unknown = () => '',
): Promise<NonNullable<Awaited<T>>> {
  const end = Date.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<Awaited<T>>;
    if (Date.now() > end) throw new Error(`it did not happen within 20 s: ${JSON.stringify(await tell())}`);
    await delay(20);
  }
}

export function untilReplicas(
  target: Target,
  holds: (replicas: readonly ReplicaView[], observation: Observation) => boolean,
): Promise<readonly ReplicaView[]> {
  return until(
    async () => {
      const observation = await target.observe();
      return holds(observation.replicas, observation) ? observation.replicas : null;
    },
    async () => (await target.observe()).replicas,
  );
}

export const allReady = (count: number) => (replicas: readonly ReplicaView[]) =>
  replicas.length === count && replicas.every(({ state }) => state === 'ready');

/**
 * A consumer that says whether it takes jobs, and notes what it was told: `/hold` makes it slow to pause or resume, `/refuse`
 * unwilling, `/let` willing again, with an answer to what it held.
 */
export const consumerProgram = `
import { createServer } from 'node:http';
import { appendFileSync } from 'node:fs';
const { PORT, HOST, FAIRWAY_ROLE, FAIRWAY_REPLICA, HOME } = process.env;
let isPaused = FAIRWAY_ROLE === 'passive';
let isReady = true;
let manner = 'willing';
let held = [];
const note = (what) => appendFileSync(HOME + '/notes', FAIRWAY_REPLICA + ' ' + what + '\\n');
note(isPaused ? 'began paused' : 'began at work');
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/readyz') return response.writeHead(isReady ? 200 : 503).end();
  if (pathname === '/unready') isReady = false;
  if (pathname === '/hold') manner = 'held';
  if (pathname === '/refuse') manner = 'unwilling';
  if (pathname === '/let') {
    manner = 'willing';
    for (const go of held.splice(0)) go();
  }
  if (pathname === '/-/pause' || pathname === '/-/resume') {
    if (request.method !== 'POST') return response.writeHead(405).end();
    if (manner === 'unwilling') return response.writeHead(500).end();
    const go = () => {
      isPaused = pathname === '/-/pause';
      note(isPaused ? 'paused' : 'resumed');
      response.end('ok');
    };
    if (manner === 'held') {
      note('asked ' + pathname.slice(3));
      return held.push(go);
    }
    return go();
  }
  response.end(JSON.stringify({ isPaused }));
});
server.listen(Number(PORT), HOST);
process.on('SIGTERM', () => process.exit(0));
`;

/** A server that answers who it is, and is ready unless its folder says otherwise. */
export const webProgram = `
import { createServer } from 'node:http';
const { PORT, HOST, FAIRWAY_REPLICA, FAIRWAY_REVISION } = process.env;
let isReady = true;
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/readyz') return response.writeHead(isReady ? 200 : 503).end();
  if (pathname === '/unready') isReady = false;
  if (pathname === '/ready') isReady = true;
  if (pathname === '/crash') process.exit(3);
  if (pathname === '/slow') {
    console.log('slow began');
    return setTimeout(() => response.end('slow'), 800);
  }
  if (pathname === '/env') return response.end(JSON.stringify(process.env));
  response.end(JSON.stringify({ replica: FAIRWAY_REPLICA, revision: FAIRWAY_REVISION, pid: process.pid }));
});
server.listen(Number(PORT), HOST, () => console.log('listening on ' + PORT));
process.on('SIGTERM', () => { console.log('SIGTERM received'); server.close(() => process.exit(0)); });
`;
