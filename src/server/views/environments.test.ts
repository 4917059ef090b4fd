import { afterEach, describe, expect, test } from 'vitest';
import { aPolicy, aService } from '#core/release/fixture';
import { minutes, percent } from '#kernel';
import { anEnvironment, atOnce, aViewsBench, stopEngines, value } from './bench.fixture.ts';

afterEach(stopEngines);

type Bench = ReturnType<typeof aViewsBench>;

/** Asks until the look in the background has come to its end. */
async function driftOf(
  { views, clock }: Bench,
  name: string,
  isSo: (drift: unknown) => boolean = (drift) => drift !== null,
) {
  for (let tries = 0; tries < 200; tries++) {
    const found = (await views.environments()).find((each) => each.name === name);
    if (found !== undefined && isSo(found.drift)) return found.drift;
    await clock.sleep(minutes(1));
  }
  throw new Error('nobody looked');
}

describe('environments', () => {
  test('come in the order of their declaration, with what runs in each', async () => {
    const bench = aViewsBench([anEnvironment('dev'), anEnvironment('staging'), anEnvironment('production')]);
    await bench.up('dev');
    await bench.up('staging');
    const [dev, staging, production] = await bench.views.environments();
    expect(dev).toMatchObject({
      name: 'dev',
      target: 'memory',
      status: 'up',
      absent: null,
      release: { number: 1, by: 'ann', note: 'new page', source: '/shop' },
      rollout: null,
      stuck: false,
      pinned: false,
      services: { ready: 2, wanted: 2 },
      builds: { edge: 'edge@one' },
      next: 'staging',
      ahead: [],
      warnings: [],
    });
    expect(staging).toMatchObject({ name: 'staging', next: 'production', ahead: null });
    expect(production).toMatchObject({ status: 'down', release: null, builds: {}, next: null, ahead: null });
  });

  test('a service with another build is ahead; one that the next environment does not declare is not', async () => {
    const two = [aService('edge', { strategy: atOnce }), aService('core', { strategy: atOnce })];
    const bench = aViewsBench([anEnvironment('staging', { services: two }), anEnvironment('production')]);
    await bench.up('production');
    bench.folder.version = 'two';
    await bench.up('staging');
    expect((await bench.views.environments())[0]).toMatchObject({
      builds: { edge: 'edge@two', core: 'core@two' },
      ahead: ['edge'],
    });
  });

  test('of a target that is not run here nothing is started, and it says why', async () => {
    const bench = aViewsBench([
      anEnvironment('dev'),
      anEnvironment('staging', { target: 'kubernetes' }),
      anEnvironment('production'),
    ]);
    const [dev, staging] = await bench.views.environments();
    expect(staging).toMatchObject({
      target: 'kubernetes',
      status: 'unknown',
      absent: 'it wants containers',
      drift: null,
      next: null,
      warnings: [],
    });
    expect(dev?.next).toBe('production');
    expect(value(await bench.views.system('staging'))).toMatchObject({ target: 'kubernetes' });
    expect(value(await bench.views.checks('staging'))).toEqual([]);
    expect(bench.opened).not.toContain('staging');
  });

  test('a definition that is being written hides nothing', async () => {
    const far = anEnvironment('far', { target: 'kubernetes' });
    const bench = aViewsBench([anEnvironment('dev'), anEnvironment('staging'), far]);
    await bench.up('dev');
    await bench.views.environments();
    bench.folder.declared = null;
    await bench.clock.sleep(minutes(1));
    const [dev, staging, still] = await bench.views.environments();
    const warnings = ['the definition cannot be used now: line 3: a comma is missing'];
    expect(dev).toMatchObject({ name: 'dev', status: 'up', absent: null, warnings });
    expect(staging).toMatchObject({ name: 'staging', status: 'down', absent: null, warnings });
    expect(still).toMatchObject({ name: 'far', status: 'unknown', absent: 'it wants containers', warnings });
    expect(bench.opened).not.toContain('far');
  });

  test('what somebody should know about copies is among the warnings; what waits for a person is stuck', async () => {
    const canary = {
      kind: 'canary',
      by: 'requests',
      advance: 'person',
      steps: [{ weight: percent(10), hold: minutes(1), gate: false }],
    } as const;
    const bench = aViewsBench([anEnvironment('dev')], {
      recovery: { warnings: (name) => [{ sentence: `${name} has no copy` }] },
    });
    await bench.up('dev');
    expect((await bench.views.environments())[0]).toMatchObject({
      stuck: false,
      warnings: ['dev has no copy'],
    });
    const environment = anEnvironment('dev', {
      services: [aService('edge', { strategy: canary, env: { A: '1' } })],
      release: { ...aPolicy, watch: minutes(0) },
    });
    value(
      await bench.engine.release({
        environment,
        sourceFolder: '/shop',
        source: '/shop',
        services: null,
        by: 'ann',
        note: '',
      }),
    );
    for (let tries = 0; tries < 2_000; tries++) {
      const [dev] = await bench.views.environments();
      if (dev?.stuck === true) {
        expect(dev).toMatchObject({ rollout: { id: 2, release: 2, phase: 'holding' }, drift: null });
        return;
      }
      await bench.clock.sleep(minutes(0.1));
    }
    throw new Error('it never waited for a person');
  });
});

describe('drift', () => {
  test('is looked for in the background; the first answer does not wait for it', async () => {
    const bench = aViewsBench([anEnvironment('dev')]);
    await bench.up('dev');
    expect((await bench.views.environments())[0]?.drift).toBeNull();
    expect(await driftOf(bench, 'dev')).toMatchObject({ differences: [] });
  });

  test('tells in sentences what "up" would change', async () => {
    const bench = aViewsBench([anEnvironment('dev')]);
    await bench.up('dev');
    bench.folder.version = 'two';
    bench.folder.declared = [
      anEnvironment('dev', {
        services: [
          aService('edge', { strategy: atOnce, replicas: 3, env: { LEVEL: 'warn' } }),
          aService('core'),
        ],
        stores: [{ kind: 'bucket', name: 'files', bucket: 'files', versioning: false, expireAfter: null }],
        flags: { dark: true },
      }),
    ];
    await bench.clock.sleep(minutes(2));
    expect(await driftOf(bench, 'dev')).toMatchObject({
      differences: [
        'edge: other files: build edge@two instead of edge@one',
        'edge: the variable LEVEL is new: "warn"',
        'edge: 3 replicas instead of 2',
        'core is declared and does not run',
        'the store files is declared and not there',
        'the flags are declared differently',
      ],
    });
  });

  test('nobody looks more than once a minute, and nobody where nobody asks', async () => {
    const bench = aViewsBench([anEnvironment('dev')]);
    await bench.up('dev');
    await driftOf(bench, 'dev');
    const { clock, folder, views } = bench;
    const [began, looks] = [clock.now(), folder.looks];
    for (let asked = 0; asked < 100; asked++) await views.environments();
    await clock.sleep(minutes(1)); // the look under way comes to its end
    expect(folder.looks - looks).toBeLessThanOrEqual((clock.now() - began) / minutes(1) + 1);
    const quiet = folder.looks;
    await clock.sleep(minutes(60));
    expect(folder.looks).toBe(quiet);
    await views.environments();
    await views.end();
    expect(folder.looks).toBe(quiet + 1);
  });

  test('what was seen of the release before is not told of the next one', async () => {
    const bench = aViewsBench([anEnvironment('dev')]);
    await bench.up('dev');
    bench.folder.version = 'two';
    await driftOf(bench, 'dev', (drift) => JSON.stringify(drift).includes('edge@two'));
    await bench.release(anEnvironment('dev'));
    expect((await bench.views.environments())[0]).toMatchObject({
      builds: { edge: 'edge@two' },
      drift: null,
    });
    expect(await driftOf(bench, 'dev')).toMatchObject({ differences: [] });
  });

  test('who is not in charge builds nothing', async () => {
    const bench = aViewsBench([anEnvironment('dev')], { inCharge: () => null });
    await bench.up('dev');
    const { looks } = bench.folder;
    for (let asked = 0; asked < 3; asked++)
      expect((await bench.views.environments())[0]).toMatchObject({ status: 'up', drift: null });
    await bench.views.end();
    expect(bench.folder.looks).toBe(looks);
  });

  test('where it cannot be built, that is said, and nothing is claimed', async () => {
    const bench = aViewsBench([anEnvironment('dev')]);
    await bench.up('dev');
    bench.folder.version = 'broken';
    await bench.views.environments();
    await bench.views.end();
    const [dev] = await bench.views.environments();
    expect(dev?.drift).toBeNull();
    expect(dev?.warnings).toEqual([expect.stringContaining('what is declared cannot be built')]);
  });
});
