import { aPolicy, aService } from '#core/release/fixture';
import type { Environment, Job, ReleasePolicy, Service, Strategy } from '#core/system';
import { millis, minutes, percent, type Random, seconds } from '#kernel';
import type { BehaviourInput, Faults, StoreFaults } from '#targets/simulated';

/** Drawing from one source of chance: the same seed draws the same. */
export interface Draw {
  readonly random: Random;
  chance(share: number): boolean;
  between(least: number, most: number): number;
  whole(least: number, most: number): number;
  one<T>(of: readonly [T, ...T[]]): T;
}

export function createDraw(random: Random): Draw {
  const between = (least: number, most: number) => least + random() * (most - least);
  const whole = (least: number, most: number) => Math.floor(between(least, most + 1));
  return {
    random,
    chance: (share) => random() < share,
    between,
    whole,
    one: (of) => of[Math.min(of.length - 1, Math.floor(random() * of.length))] ?? of[0],
  };
}

const steps = (draw: Draw) =>
  [10, 50].slice(0, draw.whole(1, 2)).map((weight) => ({
    weight: percent(weight),
    hold: seconds(draw.whole(2, 6)),
    gate: draw.chance(0.85),
  }));

function strategyOf(draw: Draw, worker: boolean): Strategy {
  const kinds = ['rolling', 'no surge', 'canary', 'replicas', 'blue-green', 'steps'] as const;
  const advance = draw.chance(0.1) ? 'person' : 'gate';
  switch (draw.one(worker ? (['rolling', 'canary', 'blue-green'] as const) : kinds)) {
    case 'rolling':
      return { kind: 'rolling', surge: draw.whole(1, 2), unavailable: 0, settle: seconds(draw.whole(0, 2)) };
    case 'no surge':
      return { kind: 'rolling', surge: 0, unavailable: 1, settle: seconds(0) };
    case 'canary':
      return { kind: 'canary', steps: steps(draw), by: 'requests', advance };
    case 'replicas':
      return { kind: 'canary', steps: steps(draw), by: 'replicas', advance };
    case 'blue-green':
      return { kind: 'blue-green', preview: seconds(draw.whole(0, 4)), steps: [], advance };
    case 'steps':
      return { kind: 'blue-green', preview: seconds(3), steps: steps(draw), advance };
  }
}

/** An environment of some services with a policy of its own; `jobs` only where the draw says so. */
export function drawEnvironment(draw: Draw, name: string): Environment {
  const strategy = strategyOf(draw, false);
  const names = draw.one<readonly string[]>([
    ['edge'],
    ['core', 'edge'],
    ['workers', 'edge'],
    ['core', 'workers', 'edge'],
  ]);
  const first = (service: string) => ({ env: { VERSION: '1', BUILD: `${name}/${service}@1` } });
  const services = names.map((service): Service => {
    const shutdown = { drain: seconds(1), websocketDrain: seconds(1), grace: seconds(1) };
    const replicas = draw.whole(service === 'workers' ? 1 : 2, 4);
    if (service !== 'workers') {
      const needs = service === 'edge' && names.includes('core') ? ['core'] : [];
      return aService(service, { ...first(service), strategy, replicas, shutdown, needs });
    }
    const consumer = { pause: '/-/pause', resume: '/-/resume' };
    const own = strategyOf(draw, true);
    return aService(service, {
      ...first(service),
      strategy: own,
      replicas,
      shutdown,
      traffic: 'none',
      exposure: 'none',
      consumer,
    });
  });
  return {
    system: 'simulated',
    name,
    target: 'simulated',
    services,
    stores: [],
    checks: [],
    secrets: [],
    flags: {},
    release: drawPolicy(draw),
  };
}

function drawPolicy(draw: Draw): ReleasePolicy {
  const gate = { ...aPolicy.gate, minimumRequests: 20, interval: seconds(2) };
  const migrates = draw.chance(0.2);
  const jobs = (['expand', 'backfill', 'contract'] as const).map((purpose) => aJob(purpose));
  const hooks = draw.chance(0.1) ? { before: [aJob('before')], after: [aJob('after')] } : aPolicy.hooks;
  return {
    ...aPolicy,
    gate: { ...gate, onInconclusive: draw.chance(0.3) ? 'rollback' : 'hold' },
    startDeadline: seconds(20),
    routeDeadline: seconds(5),
    deadline: minutes(10),
    keepOld: seconds(draw.whole(5, 30)),
    watch: draw.chance(0.2) ? seconds(3) : millis(0),
    approval: draw.chance(0.1)
      ? { role: 'release manager', people: draw.whole(1, 2), within: minutes(1) }
      : null,
    supersede: draw.one(['refuse', 'waiting', 'waiting', 'always']),
    hooks,
    migrations: migrates
      ? { jobs, compatible: draw.chance(0.8), window: null, contractAfter: seconds(30) }
      : null,
  };
}

function aJob(purpose: Job['purpose']): Job {
  const name = `job-${purpose}`;
  const service = aService(name, { traffic: 'none', exposure: 'none', replicas: 0 });
  return {
    name,
    purpose,
    service,
    timeout: seconds(30),
    onFailure: purpose === 'after' ? 'ignore' : 'rollback',
  };
}

/** The next version of an environment: other code, now and then another number of replicas. */
export function nextVersion(draw: Draw, environment: Environment, version: number): Environment {
  const changed = environment.services.map((service) =>
    environment.release.migrations !== null || draw.chance(0.8)
      ? {
          ...service,
          env: { VERSION: String(version), BUILD: `${environment.name}/${service.name}@${version}` },
        }
      : service,
  );
  const services = changed.map((service) =>
    draw.chance(0.05) ? { ...service, replicas: Math.max(2, service.replicas + draw.whole(-1, 1)) } : service,
  );
  return { ...environment, services };
}

/** How a new build behaves: mostly well. */
export function drawBehaviour(draw: Draw): BehaviourInput {
  if (draw.chance(0.72)) return {};
  return draw.one<BehaviourInput>([
    { neverReady: true },
    { crashOnStart: 0.9 },
    { crashAfter: draw.between(2_000, 20_000) },
    { crashEvery: draw.between(20_000, 90_000) },
    { errorShare: draw.between(0.02, 0.6) },
    { slowShare: draw.between(0.1, 0.8) },
    { leakAfter: draw.between(10_000, 60_000) },
    { startMillis: draw.between(10_000, 30_000) },
  ]);
}

/** Swarm testing: each kind of fault is there in some episodes only, and then more or less of it. */
export function drawFaults(draw: Draw): Partial<Faults> {
  const some = (most: number) => (draw.chance(0.4) ? draw.between(0, most) : 0);
  const every = (least: number) => (draw.chance(0.3) ? draw.between(least, 10 * least) : null);
  return {
    busy: some(0.2),
    hang: some(0.05),
    slow: some(0.2),
    lostAnswer: some(0.1),
    duplicate: some(0.1),
    routeLate: some(0.2),
    routeNever: some(0.05),
    routerRestartEvery: every(60_000),
    stuckStart: some(0.1),
    crashEvery: every(60_000),
    checkFlake: some(0.1),
    jobCrash: some(0.3),
    jobLocked: some(0.3),
  };
}

export function drawStoreFaults(draw: Draw): Partial<StoreFaults> {
  const some = (most: number) => (draw.chance(0.3) ? draw.between(0, most) : 0);
  return { failsBefore: some(0.03), failsAfter: some(0.03), slow: some(0.05), leaseTaken: some(0.01) };
}
