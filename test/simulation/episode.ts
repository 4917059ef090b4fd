import { isOver, type Rollout } from '#core/release';
import type { Environment } from '#core/system';
import { type EnvironmentRow, type IntentRequest } from '#engine';
import { instant, millis, minutes, seededRandom, seconds } from '#kernel';
import type { JournalEntry } from '#ports';
import { createMemoryStore, emptyMemory } from '#store';
import { createVirtualClock, createWorld, faultyStore } from '#targets/simulated';
import {
  createDraw,
  type Draw,
  drawBehaviour,
  drawEnvironment,
  drawFaults,
  drawStoreFaults,
  nextVersion,
} from './draw.ts';
import { type Plane, startPlane } from './plane.ts';
import { verdictOf } from './verdict.ts';

export interface EpisodeReport {
  readonly seed: number;
  readonly rollouts: number;
  /** How often rollouts ended in which way. */
  readonly ends: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly answered: number;
  readonly virtualMillis: number;
  readonly fingerprint: string;
  /** Empty when everything stayed correct and came to its end. */
  readonly problems: readonly string[];
  /** What the journal of an environment says. */
  journal(environment: string): Promise<readonly JournalEntry[]>;
}

export interface EpisodeOptions {
  readonly seed: number;
  readonly environments: number;
  /** Length of the first act. */
  readonly storm: number;
}

/**
 * One world with its control planes, in two acts. In the first everything goes wrong that the seed has drawn: effects,
 * routers, replicas, stores, controllers, people. All of it must stay correct. In the second nothing goes wrong any more:
 * everything must come to its end, or say why not.
 */
export async function runEpisode({ seed, environments, storm }: EpisodeOptions): Promise<EpisodeReport> {
  const draw = createDraw(seededRandom(seed));
  const clock = createVirtualClock(instant(1_700_000_000_000));
  const world = createWorld({ clock, random: seededRandom(seed ^ 0x5eed), faults: drawFaults(draw) });
  const contents = emptyMemory();
  const disk = faultyStore(createMemoryStore({ clock, contents }), {
    clock,
    random: seededRandom(seed ^ 0xd15c),
    faults: drawStoreFaults(draw),
  });
  const calm = createMemoryStore({ clock, contents });
  const declared = new Map<string, Environment>();
  /** Revisions, and whether they are healthy. */
  const known = new Map<string, boolean>();
  for (let i = 0; i < environments; i++) {
    const environment = drawEnvironment(draw, `env-${i}`);
    declared.set(environment.name, environment);
    prepare(environment, 1);
    for (const { name, traffic } of environment.services) {
      if (traffic === 'http') world.environment(environment.name).load(name, draw.between(20, 80));
      else world.environment(environment.name).jobs(name, draw.between(1, 5));
    }
  }

  const planes: Plane[] = [];
  const all: Plane[] = [];
  let born = 0;
  let kills = 0;
  let isStorming = true;
  let effectsLeft = draw.whole(20, 400);
  const killsAtEffects = draw.chance(0.6);
  const start = () => {
    const mine: Plane = startPlane({
      owner: `plane-${++born}`,
      store: disk,
      clock,
      targetFor: (name) => world.target(name),
      // Dying between the deed and the journal is the moment that matters most.
      beforeEffect: () => {
        if (!isStorming || !killsAtEffects || mine.isDead() || --effectsLeft > 0) return;
        effectsLeft = draw.whole(20, 400);
        kill(mine);
      },
    });
    planes.push(mine);
    all.push(mine);
    void mine.engine.recover().catch(() => undefined);
    return mine;
  };
  const kill = (plane: Plane) => {
    plane.kill();
    kills++;
    planes.splice(planes.indexOf(plane), 1);
  };
  start();
  if (draw.chance(0.5)) start();

  const rowOf = async (name: string) =>
    (await calm.row('environment', name))?.value as EnvironmentRow | undefined;

  /** The first act: people do what people do. */
  async function disturb(): Promise<void> {
    let version = 1;
    const up = new Set<string>();
    const end = clock.elapsed() + storm;
    while (clock.elapsed() < end) {
      await clock.sleep(millis(draw.between(50, 1_200)));
      if (planes.length === 0 || draw.chance(0.002)) start();
      if (draw.chance(0.001) && planes.length > 0) kill(draw.one(planes as [Plane]));
      if (draw.chance(0.0005)) clock.stepWall(draw.between(-30_000, 30_000));
      const plane = planes[draw.whole(0, Math.max(0, planes.length - 1))];
      const [name, environment] = [...declared][draw.whole(0, declared.size - 1)] ?? [];
      if (plane === undefined || name === undefined || environment === undefined) continue;
      const what = draw.random();
      if (!up.has(name)) {
        await settleFor(plane.engine.up(ask(environment, 1)));
        if ((await rowOf(name))?.status === 'up') up.add(name);
      } else if (what < 0.55) {
        const next = nextVersion(draw, environment, ++version);
        declared.set(name, next);
        prepare(next, version);
        await settleFor(plane.engine.release(ask(next, version)));
      } else if (what < 0.6) await settleFor(plane.engine.rollback(name, null, someone));
      else await settleFor(plane.engine.intend(name, intentOf(draw)));
    }
  }

  /** What the builds of a version are like, before anybody runs them. */
  function prepare({ name, services, release }: Environment, version: number): void {
    for (const service of services) {
      const { id } = world.build(service, folderOf(name, version));
      const isNew = !known.has(id);
      const behaviour = isNew && version > 1 ? drawBehaviour(draw) : {};
      if (isNew)
        known.set(
          id,
          Object.keys(behaviour).every((key) => key === 'startMillis'),
        );
      const said = release.migrations === null ? behaviour : { ...behaviour, schema: version };
      if (Object.keys(said).length > 0) world.behave(id, said);
    }
    for (const { service, purpose } of release.migrations?.jobs ?? []) {
      const { id } = world.build(service, folderOf(name, version));
      const isBad = draw.chance(0.05);
      world.behave(id, { job: { purpose, level: version, ...(isBad ? { exitCode: 1 } : {}) } });
    }
  }

  /** A request to a control plane that dies is never answered; nobody waits for ever. */
  const settleFor = (asked: Promise<unknown>) =>
    Promise.race([asked.catch(() => null), clock.sleep(seconds(20))]);

  /** The second act: nothing fails any more, and people do what they are waited for. */
  async function heal(): Promise<string[]> {
    isStorming = false;
    world.heal();
    disk.heal();
    if (planes.length === 0) start();
    const end = clock.elapsed() + minutes(90);
    while (clock.elapsed() < end) {
      await clock.sleep(seconds(5));
      const [plane] = planes;
      if (plane === undefined) break;
      const waiting: string[] = [];
      for (const name of declared.keys()) {
        const row = await rowOf(name);
        if (row === undefined || row.status === 'down') continue;
        if (row.rollout === null && row.queued === null && row.contracts.length === 0) continue;
        waiting.push(name);
        for (const each of planes) await help(each, name);
      }
      if (waiting.length === 0) break;
    }
    await clock.sleep(minutes(1));
    return verdictOf({
      store: calm,
      world,
      names: [...declared.keys()],
      isHealthy: (id) => known.get(id) !== false,
    });
  }

  async function help(plane: Plane, name: string): Promise<void> {
    const active = (await plane.engine.runner(name)).active();
    if (active === null) return;
    for (const by of ['ann', 'bob']) {
      const intent = wantedFrom(active);
      if (intent !== null)
        await settleFor(plane.engine.intend(name, { intent, by, note: '', role: 'release manager' }));
    }
  }

  const story = disturb().then(heal);
  const problems = await clock.until(story);
  const rows = (
    await Promise.all([...declared.keys()].map((name) => calm.rows('rollout', `${name}/`)))
  ).flat();
  const ends: Record<string, number> = {};
  for (const { value } of rows) {
    const { phase } = value as unknown as Rollout;
    ends[phase] = (ends[phase] ?? 0) + 1;
  }
  const broken = all.flatMap(({ owner, failures }) =>
    failures
      .filter(({ code }) => code.endsWith('_broken'))
      .map(({ code, facts }) => `${owner}: ${code} ${JSON.stringify(facts)}`),
  );
  for (const plane of planes) plane.kill();
  return {
    seed,
    rollouts: rows.length,
    ends,
    kills,
    answered: world.answered,
    virtualMillis: clock.elapsed(),
    fingerprint: world.fingerprint(),
    problems: [...world.violations, ...problems, ...broken],
    journal: (name) => calm.read(name, 0, 1_000_000),
  };
}

const someone = { by: 'ann', note: '' };
const folderOf = (name: string, version: number) => `/${name}/${version}`;

const ask = (environment: Environment, version: number) => ({
  ...someone,
  environment,
  sourceFolder: folderOf(environment.name, version),
  source: folderOf(environment.name, version),
  services: null,
});

function intentOf(draw: Draw): IntentRequest {
  const intent = draw.one([
    'abort',
    'promote',
    'promote',
    'pause',
    'resume',
    'resume',
    'approve',
    'approve',
  ] as const);
  return { intent, by: draw.one(['ann', 'bob', 'cleo']), note: '', role: 'release manager' };
}

/** What a rollout waits for that only a person can give. */
function wantedFrom(rollout: Rollout): IntentRequest['intent'] | null {
  if (isOver(rollout)) return null;
  if (rollout.paused !== null) return 'resume';
  if (rollout.phase === 'awaiting') return rollout.opensAt === null ? 'approve' : 'promote';
  return rollout.phase === 'holding' && rollout.held ? 'promote' : null;
}
