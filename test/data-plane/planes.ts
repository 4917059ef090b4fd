import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { onTestFinished } from 'vitest';
import { startHaproxy } from '#haproxy';
import { type Clock, instant, type Result } from '#kernel';
import { freePort, isRunning, type ProcessIdentity } from '#process';
import { type RouterArm, type RouterClient, type RouterRoute, type RouterState, startRouter } from '#router';
import { type Service, startService } from '../../src/router/testing/service.ts';

/** A data plane as the suite knows it. */
export interface Plane {
  readonly name: string;
  /** Why it cannot be tried here; null: it can. */
  readonly missing: string | null;
  readonly start: (folder: string) => Promise<Result<RouterClient>>;
  /** What callers see of a WebSocket that a drain closes. */
  readonly closeCode: number;
  /** A change of ports may close a connection that waits, in the very moment in which its caller asks again. */
  readonly closesIdle: boolean;
}

export const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};
export const never = new AbortController().signal;

const search = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/opt/homebrew/sbin`;
const hasHaproxy = spawnSync('haproxy', ['-v'], { env: { PATH: search } }).status === 0;

export const planes: readonly Plane[] = [
  {
    name: 'builtin',
    missing: null,
    start: (folder) => startRouter({ folder, clock, signal: never }),
    closeCode: 1012,
    closesIdle: false,
  },
  {
    name: 'haproxy',
    missing: hasHaproxy ? null : 'haproxy is not installed here',
    start: (folder) => startHaproxy({ folder, clock, random: Math.random, signal: never, path: search }),
    closeCode: 1006, // HAProxy cannot send a close frame
    closesIdle: true,
  },
];

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Looks again and again until there is something to see. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<Awaited<T>>> {
  const end = Date.now() + 15_000;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<Awaited<T>>;
    if (Date.now() > end) throw new Error('it did not happen within 15 s');
    await delay(10);
  }
}

export const pickPort = async (): Promise<number> => value(await freePort());

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One running plane with a service `web` in front of it; all of it goes away with the test. */
export interface Place {
  readonly folder: string;
  readonly port: number;
  readonly preview: number;
  /** The present client; another one after `again`. */
  readonly client: () => RouterClient;
  /** Starts the plane of this folder once more, as a new control plane would. */
  readonly again: () => Promise<RouterClient>;
  /** Ends every process of the plane the hard way. */
  readonly kill: () => Promise<void>;
  readonly service: (name: string) => Promise<Service>;
  /** Routes `web` by these arms, as the next generation. */
  readonly route: (arms: readonly RouterArm[], more?: Partial<RouterRoute>) => Promise<void>;
  readonly get: (path?: string, more?: Ask) => Promise<Answer>;
  readonly countsOf: (revision: string) => Promise<RouterState['counts'][number] | undefined>;
}

export interface Ask {
  readonly port?: number;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** `deep`: folders between the temporary one and the plane's. */
export async function createPlace(plane: Plane, deep = ''): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'fairway-plane-'));
  const folder = join(root, deep, 'router');
  const agent = new Agent();
  const services: Service[] = [];
  const processes: ProcessIdentity[] = [];
  let generation = 0;
  const start = async () => {
    const started = value(await plane.start(folder));
    processes.push(started.identity);
    return started;
  };
  onTestFinished(async () => {
    await agent.destroy();
    for (const record of ['router.json', 'haproxy.json']) {
      const text = await readFile(join(folder, record), 'utf8').catch(() => 'null');
      const identity = JSON.parse(text) as ProcessIdentity | null;
      if (identity !== null) processes.push(identity); // one that somebody else started
    }
    for (const identity of processes) killGroup(identity);
    for (const service of services) await service.kill();
    await until(() => processes.every((identity) => !isRunning(identity)));
    await rm(root, { recursive: true, force: true });
  });
  let client = await start();
  const [port, preview] = [await pickPort(), await pickPort()];
  return {
    folder,
    port,
    preview,
    client: () => client,
    async again() {
      client = await start();
      return client;
    },
    async kill() {
      const { identity } = client;
      killGroup(identity);
      await until(() => !isRunning(identity));
    },
    async service(name) {
      const service = await startService(name);
      services.push(service);
      return service;
    },
    async route(arms, more = {}) {
      generation += 1;
      const route = { service: 'web', port, preview, affinity: null, arms, ...more };
      value(await client.setTable({ version: 1, generation, routes: [route] }));
    },
    async get(path = '/', { port: at = port, method = 'GET', headers = {}, body } = {}) {
      const ask = { method, headers, dispatcher: agent, ...(body === undefined ? {} : { body }) };
      const url = `http://127.0.0.1:${at}${path}`;
      const answer = await request(url, ask).catch((reason: unknown) => {
        // A caller has to expect that of any server (RFC 9112, section 9.3.1), and asks once more where that is safe.
        const isLate = plane.closesIdle && method === 'GET' && /other side closed/.test(String(reason));
        if (isLate && path === '/') return request(url, ask);
        throw reason;
      });
      return { status: answer.statusCode, text: await answer.body.text(), headers: answer.headers };
    },
    async countsOf(revision) {
      return value(await client.state()).counts.find((counts) => counts.revision === revision);
    },
  };
}

/** A plane is a group of processes of its own. */
function killGroup(identity: ProcessIdentity): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(-identity.pid, 'SIGKILL');
  } catch {
    // it ended between the look and the signal
  }
}

export const stable = (weight: number, ...services: readonly Service[]): RouterArm =>
  arm('stable', weight, services);
export const canary = (weight: number, ...services: readonly Service[]): RouterArm =>
  arm('canary', weight, services);

/** The revision is named after the first service, or the role where there is none. */
function arm(role: RouterArm['role'], weight: number, services: readonly Service[]): RouterArm {
  const endpoints = services.map(({ name, port }) => ({ replica: name, port }));
  return { revision: `revision-${services[0]?.name ?? role}`, role, weight, endpoints };
}
