import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { onTestFinished } from 'vitest';
import { type Clock, instant, ok, type Random, type Result, seededRandom } from '#kernel';
import { freePort } from '#process';
import type { RouterArm, RouterRoute, RouterState, RouterTable } from '../contract.ts';
import { createPlane } from '../plane.ts';
import { createRouter, type Router } from '../router.ts';
import { type Service, startService } from './service.ts';

export const systemClock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

export const pickPort = async (): Promise<number> => value(await freePort());

/** Looks again and again until there is something to see. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<Awaited<T>>> {
  const end = Date.now() + 15_000;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<Awaited<T>>;
    if (Date.now() > end) throw new Error('it did not happen within 15 s');
    await delay(5);
  }
}

/** Whose state can be read at once. */
export type TestRouter = Omit<Router, 'state'> & { state(): RouterState };

/** A router in this process with real sockets. All of it goes away with the test. */
export interface Place {
  readonly router: TestRouter;
  /** The port of the service `web`. */
  readonly port: number;
  service(name: string): Promise<Service>;
  /** Routes `web` by these arms, as the next generation. */
  route(arms: readonly RouterArm[], more?: Partial<RouterRoute>): Promise<void>;
  get(path?: string, headers?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** `save`: how the table is kept; by default it is not. */
export async function createTestRouter(
  random: Random,
  save: () => Promise<Result<null>> = async () => ok(null),
): Promise<TestRouter> {
  const plane = createPlane({ clock: systemClock, random });
  let numbers = { version: 0, generation: 0 };
  const router = createRouter({
    epoch: 'epoch',
    clock: systemClock,
    log: ({ event, version, generation }) => {
      if (event === 'table taken') numbers = { version: Number(version), generation: Number(generation) };
    },
    save,
    planes: [plane],
  });
  return { ...router, state: () => ({ epoch: 'epoch', ...numbers, ...plane.lookNow() }) };
}

export async function createPlace(options: { random?: Random } = {}): Promise<Place> {
  const seed = Math.floor(Math.random() * 1e9);
  const router = await createTestRouter(options.random ?? seededRandom(seed));
  const port = await pickPort();
  const agent = new Agent();
  const services: Service[] = [];
  let generation = 0;
  onTestFinished(async () => {
    await agent.destroy();
    await router.close(0);
    for (const service of services) await service.kill();
  });
  return {
    router,
    port,
    async service(name) {
      const service = await startService(name);
      services.push(service);
      return service;
    },
    async route(arms, more = {}) {
      generation += 1;
      const route = { service: 'web', port, preview: null, affinity: null, arms, ...more };
      value(await router.setTable({ version: 1, generation, routes: [route] }));
    },
    get: (path = '/', headers = {}) => get(port, path, headers, agent),
  };
}

export async function get(
  port: number,
  path = '/',
  headers: Record<string, string> = {},
  dispatcher?: Agent,
): Promise<Answer> {
  const answer = await request(`http://127.0.0.1:${port}${path}`, {
    headers,
    ...(dispatcher ? { dispatcher } : {}),
  });
  return { status: answer.statusCode, text: await answer.body.text(), headers: answer.headers };
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

export const tableOf = (
  version: number,
  generation: number,
  routes: readonly RouterRoute[],
): RouterTable => ({ version, generation, routes });

/** The counts of a revision: requests, failures and good answers in all buckets. */
export function countsOf(router: Pick<TestRouter, 'state'>, revision: string): [number, number, number] {
  const found = router.state().counts.find((counts) => counts.revision === revision);
  return [found?.requests ?? 0, found?.failures ?? 0, (found?.buckets ?? []).reduce((sum, n) => sum + n, 0)];
}
