import { aGate, aService } from '#core/release/fixture';
import { type Arm, type Revision, type RouteTable } from '#core/release';
import type { Check, Environment, Service } from '#core/system';
import { after, instant, millis, minutes, percent, type Result, seconds, seededRandom } from '#kernel';
import type { EffectContext, Observation, Target } from '#ports';
import { createVirtualClock, createWorld, type WorldOptions } from '../index.ts';

export const start = instant(Date.UTC(2026, 0, 1));

/** A world with one environment `dev`, and a hand-written controller's means to move it. */
export function createScene(seed: number, options: Partial<WorldOptions> = {}) {
  const clock = createVirtualClock(start, { runs: 'always' });
  const world = createWorld({ clock, random: seededRandom(seed), ...options });
  const target = world.target('dev');
  let effects = 0;
  const context = (more: Partial<EffectContext> = {}): EffectContext => ({
    key: `effect-${(effects += 1)}`,
    fence: 1,
    deadline: after(clock.now(), minutes(1)),
    signal: new AbortController().signal,
    ...more,
  });
  const declared = environment([service('web'), consumer('worker')]);
  const scene = {
    environment: declared,
    clock,
    world,
    target,
    site: world.environment('dev'),
    context,
    revision: (name: string, build: string, more: Partial<Service> = {}): Revision =>
      world.build(service(name, { ...more, env: { BUILD: build } }), '/system'),
    open: () => valueOf(target.open(declared, context())),
    ensure: (revision: Revision, count: number) =>
      valueOf(target.ensureReplicas({ revision, count }, context())),
    route: (version: number, ...arms: readonly [Revision, number][]) =>
      valueOf(target.setRoute(tableOf(version, arms), context())),
    drain: (revision: Revision, keep: number) =>
      valueOf(target.drain({ revision: revision.id, keep }, context())),
    stop: (revision: Revision, keep: number) =>
      valueOf(target.stop({ revision: revision.id, keep }, context())),
    consume: (revision: Revision, active: number) =>
      valueOf(target.consume({ revision: revision.id, active }, context())),
    job: (job: Revision, more: Partial<EffectContext> = {}, resume: string | null = null) =>
      valueOf(target.runTask({ kind: 'job', job, resume }, context(more))),
    table: (version: number, ...arms: readonly [Revision, number][]) => tableOf(version, arms),
    consumer: (build: string) => scene.revision('worker', build, consumer('worker')),
    checked: (name: string, arm: 'stable' | 'canary') => {
      const check: Check = {
        name,
        run: { kind: 'command', folder: 'checks', include: [], command: ['node', name] },
        secrets: [],
        needs: [],
        every: minutes(1),
        timeout: seconds(20),
      };
      return valueOf(target.runTask({ kind: 'check', check, arm }, context()));
    },
    /** So many are running and ready. */
    ready: async (revision: Revision, count: number): Promise<Observation> => {
      await scene.ensure(revision, count);
      return until(target, clock, (seen) => readyOf(seen, revision.id) === count);
    },
    pass: (wait: number) => clock.sleep(millis(wait)),
  };
  return scene;
}

export type Scene = ReturnType<typeof createScene>;

export async function until(
  target: Target,
  clock: { sleep(wait: ReturnType<typeof millis>): Promise<void> },
  holds: (observation: Observation) => boolean | Promise<boolean>,
): Promise<Observation> {
  for (let look = 0; look < 3_000; look += 1) {
    const seen = await target.observe();
    if (await holds(seen)) return seen;
    await clock.sleep(millis(100));
  }
  throw new Error(`it did not come about in 5 minutes: ${JSON.stringify(await target.observe())}`);
}

export const readyOf = ({ replicas }: Observation, revision: string): number =>
  replicas.filter((replica) => replica.revision === revision && replica.state === 'ready').length;

export function tableOf(version: number, arms: readonly (readonly [Revision, number])[]): RouteTable {
  const service = arms[0]?.[0].service ?? 'web';
  const armOf = ([{ id }, weight]: readonly [Revision, number], i: number): Arm => ({
    revision: id,
    role: i === 0 ? 'stable' : 'canary',
    weight: percent(weight),
  });
  return { version, routes: [{ service, arms: arms.map(armOf) }] };
}

export async function valueOf<T>(result: Promise<Result<T>>): Promise<T> {
  const settled = await result;
  if (!settled.ok) throw new Error(JSON.stringify(settled.error));
  return settled.value;
}

export function service(name: string, more: Partial<Service> = {}): Service {
  return aService(name, {
    exposure: 'public',
    replicas: 1,
    strategy: { kind: 'rolling', surge: 1, unavailable: 0, settle: seconds(1) },
    ...more,
  });
}

export const consumer = (name: string): Service =>
  service(name, { traffic: 'none', consumer: { pause: '/pause', resume: '/resume' } });

export function environment(services: readonly Service[], more: Partial<Environment> = {}): Environment {
  return {
    system: 'shop',
    name: 'dev',
    target: 'simulated',
    services,
    stores: [],
    checks: [],
    secrets: [],
    flags: {},
    release: {
      gate: { ...aGate, errorShare: percent(2), slowerThan: seconds(1) },
      startDeadline: minutes(2),
      routeDeadline: seconds(10),
      deadline: minutes(60),
      keepOld: minutes(10),
      watch: seconds(0),
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
