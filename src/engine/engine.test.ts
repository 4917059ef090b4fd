import { afterEach, describe, expect, it } from 'vitest';
import type { Environment } from '#core/system';
import { millis } from '#kernel';
import type { Store } from '#ports';
import { createMemoryStore, emptyMemory } from '#store';
import { aPolicy, aService } from '#core/release/fixture';
import { createEngine, type Engine } from './engine.ts';
import { detailOf } from './perform.ts';
import { answered, fastClock, memoryTarget, memoryWorld } from './memory-target.fixture.ts';

const running: Engine[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((engine) => engine.stop()));
});

const environment = (version: string): Environment => ({
  system: 'shop',
  name: 'dev',
  target: 'local',
  services: [aService('edge', { env: { VERSION: version } })],
  stores: [],
  checks: [],
  secrets: [],
  flags: {},
  release: aPolicy,
});

const ask = (version: string) => ({
  environment: environment(version),
  sourceFolder: '/shop',
  source: '/shop',
  services: null,
  by: 'ann',
  note: `version ${version}`,
});

function aControlPlane(world = memoryWorld(), contents = emptyMemory(), clock = fastClock()) {
  const start = () => {
    const failures: string[] = [];
    const store = createMemoryStore({ clock, contents });
    let killed = false;
    const mortal: Store = {
      ...store,
      // A killed process writes nothing any more and hears of nothing.
      commit: (commit) => (killed ? new Promise(() => undefined) : store.commit(commit)),
    };
    const engine = createEngine({
      store: mortal,
      clock,
      owner: 'one',
      targetFor: () => memoryTarget(world, clock),
      report: ({ code }) => failures.push(code),
    });
    running.push(engine);
    const kill = () => {
      killed = true;
      running.splice(running.indexOf(engine), 1);
    };
    return { engine, failures, kill };
  };
  const until = async (engine: Engine, what: string, holds: () => Promise<boolean> | boolean) => {
    for (let i = 0; i < 3_000; i++) {
      if (await holds()) return;
      await clock.sleep(millis(100));
    }
    const runner = await engine.runner('dev');
    throw new Error(
      `${what} did not come; stands at ${runner.active()?.phase ?? 'no rollout'}, told ${world.told.join(', ')}`,
    );
  };
  return { world, contents, clock, start, until };
}

const serving = (world: ReturnType<typeof memoryWorld>) =>
  world.table.routes[0]?.arms.map((arm) => [arm.role, arm.weight] as const) ?? [];

async function upWithVersionOne() {
  const plane = aControlPlane();
  const { engine, failures, kill } = plane.start();
  expect((await engine.up(ask('1'))).ok).toBe(true);
  const runner = await engine.runner('dev');
  await plane.until(engine, 'the first release', () => runner.ledger.environment.good.length === 1);
  return { ...plane, engine, failures, runner, kill };
}

describe('the engine', () => {
  it('brings an environment up by its first release', async () => {
    const { world, runner } = await upWithVersionOne();
    expect(runner.ledger.environment).toMatchObject({ status: 'up', good: [1], rollout: null });
    expect(serving(world)).toEqual([['stable', 100]]);
    expect([...world.replicas.values()].map((each) => each.count)).toEqual([2]);
  });

  it('promotes a good release, keeps the old one warm, and removes it after its window (R9)', async () => {
    const { world, runner, engine, until, clock } = await upWithVersionOne();
    const [old] = world.replicas.keys();
    await engine.release(ask('2'));
    await until(engine, 'the canary', () => runner.active()?.phase === 'holding');
    const canary = runner.active()?.plan.moves[0]?.next?.id ?? '';
    expect(serving(world)).toEqual([
      ['stable', 90],
      ['canary', 10],
    ]);
    answered(world, 'edge', canary, 500, 0);
    await until(engine, 'the promotion', () => runner.ledger.environment.good.length === 2);
    expect(runner.ledger.environment).toMatchObject({ good: [1, 2], warm: { release: 1 } });
    expect(world.replicas.get(old ?? '')?.count).toBe(2);
    await clock.sleep(millis(1_900_000));
    await until(engine, 'the removal', () => !world.replicas.has(old ?? ''));
    expect(world.replicas.get(canary)?.count).toBe(2);
  });

  it('rolls a bad release back by itself and keeps the verdict', async () => {
    const { world, runner, engine, until } = await upWithVersionOne();
    await engine.release(ask('2'));
    await until(engine, 'the canary', () => runner.active()?.phase === 'holding');
    world.failing.add(runner.active()?.plan.moves[0]?.next?.id ?? '');
    await until(engine, 'the rollback', () => runner.active() === null);
    expect(runner.ledger.environment.good).toEqual([1]);
    expect(serving(world)).toEqual([
      ['stable', 100],
      ['canary', 0],
    ]);
    expect(await runner.ledger.rollout(2)).toMatchObject({
      phase: 'rolledBack',
      because: { code: 'gate_failed' },
    });
    expect(world.replicas.size).toBe(1);
  });

  it('goes back to the release before, and stays there until somebody releases again', async () => {
    const { world, runner, engine, until } = await upWithVersionOne();
    await engine.release(ask('2'));
    await until(engine, 'the canary', () => runner.active()?.phase === 'holding');
    answered(world, 'edge', runner.active()?.plan.moves[0]?.next?.id ?? '', 500, 0);
    await until(engine, 'the promotion', () => runner.active() === null);
    expect((await engine.rollback('dev', null, { by: 'ann', note: '' })).ok).toBe(true);
    await until(engine, 'the way back', () => runner.active() === null);
    expect(runner.ledger.environment).toMatchObject({ good: [1], pinned: true });
    expect((await engine.up(ask('2'))).ok).toBe(true);
    await until(engine, 'the note', async () =>
      (await runner.ledger.entries(0, 500)).some((entry) => entry.type === 'environment.pinned'),
    );
    expect(runner.active()).toBe(null);
  });

  it('refuses what is not possible now, saying why', async () => {
    const { runner, engine, until } = await upWithVersionOne();
    expect(await engine.rollback('dev', null, { by: 'ann', note: '' })).toMatchObject({
      ok: false,
      error: { code: 'nothing_to_go_back_to' },
    });
    expect(await engine.intend('dev', { intent: 'abort', role: '', by: 'ann', note: '' })).toMatchObject({
      ok: false,
      error: { code: 'no_rollout' },
    });
    await engine.release(ask('2'));
    const refusing = { ...environment('2'), release: { ...aPolicy, supersede: 'refuse' as const } };
    await engine.intend('dev', { intent: 'abort', role: '', by: 'ann', note: '' });
    await until(engine, 'the end', () => runner.active() === null);
    await engine.release({ ...ask('2'), environment: refusing });
    expect(await engine.release(ask('3'))).toMatchObject({
      ok: false,
      error: { code: 'rollout_in_progress' },
    });
    expect(
      await engine.intend('dev', { intent: 'approve', role: 'developer', by: 'ann', note: '' }),
    ).toMatchObject({ error: { code: 'intent_not_legal' } });
    expect(await engine.intend('dev', { intent: 'promote', role: '', by: 'ann', note: '' })).toMatchObject({
      ok: false,
      error: { code: 'intent_not_legal' },
    });
    await engine.intend('dev', { intent: 'abort', role: '', by: 'ann', note: 'wrong build' });
    await until(engine, 'the abort', () => runner.active() === null);
    expect(await runner.ledger.rollout(3)).toMatchObject({
      phase: 'rolledBack',
      because: { code: 'aborted', facts: { note: 'wrong build' } },
    });
  });

  it('does nothing when nothing differs, and changes the number of replicas without a rollout', async () => {
    const { world, runner, engine, until } = await upWithVersionOne();
    await engine.release(ask('1'));
    expect(runner.active()).toBe(null);
    const service = aService('edge', { env: { VERSION: '1' }, replicas: 3 });
    await engine.release({ ...ask('1'), environment: { ...environment('1'), services: [service] } });
    expect(runner.active()).toBe(null);
    await until(engine, 'the third replica', () => [...world.replicas.values()][0]?.count === 3);
  });

  it('starts the release that was good again after it was taken down', async () => {
    const { world, runner, engine, until } = await upWithVersionOne();
    await engine.down('dev', { by: 'ann', note: '', erase: false });
    await until(engine, 'the end', () => runner.ledger.environment.status === 'down');
    expect(world.replicas.size).toBe(0);
    await engine.up(ask('1'));
    await until(engine, 'the return', () => world.replicas.size === 1 && runner.active() === null);
    expect(runner.ledger.environment.good).toEqual([1]);
  });
});

describe('an environment that is taken down', () => {
  it('may be down already, or not be there at all', async () => {
    const { engine, runner, until } = await upWithVersionOne();
    for (let i = 0; i < 2; i++) {
      expect((await engine.down('dev', { by: 'ann', note: '', erase: false })).ok).toBe(true);
      await until(engine, 'the end', () => runner.ledger.environment.closing === null);
      expect(runner.ledger.environment.status).toBe('down');
    }
    const closed = (await runner.ledger.entries(0, 500)).filter(({ type }) => type === 'environment.closed');
    expect(closed).toHaveLength(2);
  });

  it('takes nothing else on meanwhile', async () => {
    const { engine, runner, until } = await upWithVersionOne();
    await engine.release(ask('2'));
    await engine.down('dev', { by: 'ann', note: '', erase: false });
    for (const refused of [await engine.release(ask('3')), await engine.up(ask('3'))])
      expect(refused).toMatchObject({ ok: false });
    await until(engine, 'the end', () => runner.ledger.environment.status === 'down');
    expect(runner.ledger.environment).toMatchObject({ good: [1], rollout: null, closing: null });
  });
});

describe('a control plane that dies', () => {
  it('after any effect, before its result is in the journal, is followed by one that ends the release the same way (R6)', async () => {
    for (let dies = 0; dies < 12; dies++) {
      const { world, contents, clock, until, engine, kill } = await upWithVersionOne();
      let effects = 0;
      const dead = new Promise<void>((resolve) => {
        world.before = async () => {
          if (effects++ < dies) return null;
          resolve();
          return new Promise(() => undefined); // performed or not: nobody will ever hear of it
        };
      });
      await engine.release(ask('2'));
      const first = await engine.runner('dev');
      const canary = first.active()?.plan.moves[0]?.next?.id ?? '';
      let requests = 0;
      const promoted = (ledger: typeof first.ledger) => {
        answered(world, 'edge', canary, (requests += 50), 0); // traffic goes on whoever is in control
        return ledger.environment.good.length === 2;
      };
      await Promise.race([dead, until(engine, 'death or promotion', () => promoted(first.ledger))]);
      kill();
      world.before = () => null;

      const second = aControlPlane(world, contents, clock).start();
      await second.engine.recover();
      const runner = await second.engine.runner('dev');
      await until(second.engine, `the promotion after death at effect ${dies}`, () =>
        promoted(runner.ledger),
      );
      expect(serving(world)).toEqual([['stable', 100]]);
      expect(world.replicas.get(canary)?.count).toBe(2);
    }
  });
});

describe('what a check says of itself', () => {
  it.each([
    [
      '{"ok":true,"value":11.26,"limit":250,"unit":"ms","detail":"p95 of 50"}',
      'p95 of 50 (11.3 ms, limit 250)',
    ],
    ['{"ok":true,"value":1,"limit":1,"unit":"hash","detail":"indicators"}', 'indicators'],
    ['starting\nno JSON at  all', 'no JSON at all'],
    ['null', 'null'],
    ['', ''],
  ])('of %j is %j', (output, detail) => expect(detailOf(output)).toBe(detail));
});
