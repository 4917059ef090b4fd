import { describe, expect, it } from 'vitest';
import { aPolicy, aService } from '#core/release/fixture';
import type { Environment, Job, ReleasePolicy, Service, Strategy } from '#core/system';
import type { EnvironmentRow } from '#engine';
import { hours, instant, minutes, percent, seconds, seededRandom } from '#kernel';
import { createMemoryStore, emptyMemory } from '#store';
import { type BehaviourInput, createVirtualClock, createWorld } from '#targets/simulated';
import { type Plane, startPlane } from './plane.ts';

/**
 * Every way a release can take, walked once in peace to count its effects, and then once for each of them with the
 * controller killed after that effect was begun and before its result is in the journal (R6). Whoever takes over must bring
 * the release to the same end, and nothing may have been done twice in the world.
 */
const steps = [
  { weight: percent(10), hold: seconds(5), gate: true },
  { weight: percent(50), hold: seconds(5), gate: true },
];
const strategies: Readonly<Record<string, Strategy>> = {
  rolling: { kind: 'rolling', surge: 1, unavailable: 0, settle: seconds(1) },
  'rolling without surge': { kind: 'rolling', surge: 0, unavailable: 1, settle: seconds(0) },
  canary: { kind: 'canary', steps, by: 'requests', advance: 'gate' },
  'canary of replicas': { kind: 'canary', steps, by: 'replicas', advance: 'gate' },
  'canary by hand': { kind: 'canary', steps, by: 'requests', advance: 'person' },
  'blue-green': { kind: 'blue-green', preview: seconds(3), steps: [], advance: 'gate' },
  'blue-green in steps': { kind: 'blue-green', preview: seconds(3), steps, advance: 'gate' },
};

interface Story {
  readonly strategy: Strategy;
  readonly policy?: Partial<ReleasePolicy>;
  readonly migrates?: boolean;
  /** How the new version behaves. */
  readonly next?: BehaviourInput;
}

const stories: readonly (readonly [string, Story])[] = [
  ...Object.entries(strategies).map(([name, strategy]) => [name, { strategy }] as const),
  ['canary that is bad', { strategy: strategies['canary'] as Strategy, next: { errorShare: 0.4 } }],
  [
    'blue-green that never gets ready',
    { strategy: strategies['blue-green'] as Strategy, next: { neverReady: true } },
  ],
  ['rolling that crashes', { strategy: strategies['rolling'] as Strategy, next: { crashOnStart: 1 } }],
  ['migrations, hooks, approval', { strategy: strategies['blue-green'] as Strategy, migrates: true }],
];

function declared(version: number, { strategy, policy, migrates = false }: Story): Environment {
  const shutdown = { drain: seconds(1), websocketDrain: seconds(1), grace: seconds(1) };
  const make = (name: string, changes: Partial<Service>) =>
    aService(name, { strategy, shutdown, replicas: 2, env: { BUILD: `${name}@${version}` }, ...changes });
  const consumer = { pause: '/-/pause', resume: '/-/resume' };
  const job = (purpose: Job['purpose']): Job => {
    const env = { BUILD: `${purpose}@${version}` };
    const service = aService(`job-${purpose}`, { traffic: 'none', exposure: 'none', replicas: 0, env });
    return { name: `job-${purpose}`, purpose, service, timeout: minutes(1), onFailure: 'rollback' };
  };
  const gate = { ...aPolicy.gate, minimumRequests: 20 };
  const full: Partial<ReleasePolicy> = {
    approval: { role: 'release manager', people: 2, within: hours(1) },
    hooks: { before: [job('before')], after: [job('after')] },
    migrations: {
      jobs: [job('expand'), job('backfill'), job('contract')],
      compatible: true,
      window: null,
      contractAfter: seconds(20),
    },
  };
  return {
    system: 'simulated',
    name: 'dev',
    target: 'simulated',
    services: [
      make('core', {}),
      make('workers', { traffic: 'none', exposure: 'none', consumer }),
      make('edge', { needs: ['core'] }),
    ],
    stores: [],
    checks: [],
    secrets: [],
    flags: {},
    release: {
      ...aPolicy,
      gate,
      keepOld: seconds(15),
      startDeadline: seconds(20),
      ...(migrates ? full : {}),
      ...policy,
    },
  };
}

const ask = (version: number, story: Story) => ({
  environment: declared(version, story),
  sourceFolder: '/shop',
  source: '/shop',
  services: null,
  by: 'ann',
  note: '',
});

/** Walks a story; `killAt`: the controller dies at this effect. */
async function walk(story: Story, killAt: number) {
  const clock = createVirtualClock(instant(1_700_000_000_000));
  const world = createWorld({ clock, random: seededRandom(7) });
  const contents = emptyMemory();
  const store = createMemoryStore({ clock, contents });
  for (const service of ['edge', 'core']) world.environment('dev').load(service, 60);
  world.environment('dev').jobs('workers', 3);
  for (const service of ['edge', 'core', 'workers']) world.behave(`${service}@2`, story.next ?? {});
  let effects = 0;
  let born = 0;
  let plane: Plane = start();
  function start(): Plane {
    const mine = startPlane({
      owner: `plane-${++born}`,
      store,
      clock,
      targetFor: (name) => world.target(name),
      beforeEffect: () => {
        if (!mine.isDead() && ++effects === killAt) mine.kill();
      },
    });
    return mine;
  }
  const rowOf = async () => (await store.row('environment', 'dev'))?.value as EnvironmentRow | undefined;
  /** Goes on until nothing is left to do; people say yes; a dead controller is replaced. */
  async function rest(): Promise<void> {
    for (let i = 0; i < 400; i++) {
      await clock.sleep(seconds(1));
      if (plane.isDead()) {
        plane = start();
        await plane.engine.recover();
      }
      const row = await rowOf();
      const isIdle = row?.rollout === null && row.queued === null && row.contracts.length === 0;
      if (isIdle && row.good.length > 0 && !plane.isDead()) return;
      const active = (await Promise.race([plane.engine.runner('dev'), clock.sleep(seconds(5))]))?.active();
      const intent =
        active?.phase === 'awaiting'
          ? 'approve'
          : active?.phase === 'holding' && active.held
            ? 'promote'
            : null;
      for (const by of intent === null ? [] : ['ann', 'bob'])
        await Promise.race([
          plane.engine.intend('dev', { intent, by, note: '', role: 'release manager' } as never),
          clock.sleep(seconds(5)),
        ]);
    }
    const { environment: _, ...row } = (await rowOf()) ?? ({} as EnvironmentRow);
    const last = (await store.read('dev', 0, 10_000))
      .slice(-5)
      .map(({ type, data }) => `${type} ${JSON.stringify(data).slice(0, 200)}`);
    throw new Error(
      `it did not come to rest: ${JSON.stringify(row)}\n${last.join('\n')}\n${JSON.stringify(plane.failures)}`,
    );
  }
  const told = (asked: Promise<unknown>) => Promise.race([asked, clock.sleep(seconds(5))]);
  const end = await clock.until(
    (async () => {
      await told(plane.engine.up(ask(1, story)));
      await rest();
      const before = (await rowOf())?.lastRelease;
      await told(plane.engine.release(ask(2, story)));
      await rest();
      // A request that died with its controller before it was accepted is made again, as a person would.
      if ((await rowOf())?.lastRelease === before) await told(plane.engine.release(ask(2, story)));
      await rest();
      await clock.sleep(seconds(60));
      await rest(); // also what is tidied up afterwards may lose its controller
      await clock.sleep(seconds(60));
      const seen = await world.target('dev').observe();
      const row = await rowOf();
      return {
        good: row?.good,
        contracted: row?.contracted,
        replicas: seen.replicas
          .map(({ revision, state, consuming }) => `${revision} ${state} ${consuming}`)
          .sort(),
        violations: [...world.violations],
        lostByRouting: world.lostByRouting,
      };
    })(),
  );
  plane.kill();
  return { effects, end };
}

describe('a controller killed at each effect (R6)', () => {
  it.each(stories)('%s: ends the same way, and nothing is done twice', async (_, story) => {
    const peace = await walk(story, 0);
    expect(peace.end.violations).toEqual([]);
    expect(peace.end.lostByRouting).toBe(0);
    expect(peace.end.good).toEqual(story.next === undefined ? [1, 2] : [1]);
    expect(peace.effects).toBeGreaterThan(10);
    for (let killAt = 1; killAt <= peace.effects; killAt++) {
      const { end } = await walk(story, killAt);
      expect(end, `killed at effect ${killAt} of ${peace.effects}`).toEqual(peace.end);
    }
  });
});
