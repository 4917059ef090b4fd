import { expect, it } from 'vitest';
import { after, instant, type Json, minutes, seconds, seededRandom } from '#kernel';
import type { RowWrite } from '#ports';
import { createMemoryStore } from '#store';
import { createVirtualClock, createWorld } from '#targets/simulated';
import type { RouteTable } from '#core/release';
import { createEngine } from './engine.ts';
import { read } from './formats.ts';
import first from './testing/format-1.json' with { type: 'json' };

/** Rows that version 0.1.0 wrote with a canary held at 10 %: this version must take over in the middle of it. */
it('goes on with a release that version 0.1.0 had begun', async () => {
  const clock = createVirtualClock(instant(first.now));
  const world = createWorld({ clock, random: seededRandom(1) });
  const store = createMemoryStore({ clock });
  const rows = Object.values(first.rows)
    .flat()
    .map(
      ({ kind, key, format, value }): RowWrite => ({ kind, key, format, expected: 0, value: value as Json }),
    );
  const at = clock.now();
  await store.commit({
    stream: 'dev',
    expected: 0,
    entries: [{ type: 'old', at, data: null }],
    rows,
    fence: null,
  });
  const engine = createEngine({
    store,
    clock,
    owner: 'new',
    targetFor: (name) => world.target(name),
    report: ({ code, facts }) => expect.fail(`${code} ${JSON.stringify(facts)}`),
  });
  const ended = await clock.until(
    (async () => {
      await furnish();
      world.environment('dev').load('edge', 100);
      const runner = await engine.runner('dev');
      const { ledger } = runner;
      expect(runner.active()).toMatchObject({
        phase: 'holding',
        paused: null,
        plan: { contractAfter: null },
      });
      await clock.sleep(minutes(2));
      const releases = await ledger.releases();
      await engine.stop();
      return { row: ledger.environment, rollouts: await ledger.rollouts(), releases };
    })(),
  );
  expect(ended.row).toMatchObject({ good: [1, 2], rollout: null, contracts: [], warm: { release: 1 } });
  expect(ended.rollouts.map(({ phase }) => phase)).toEqual(['promoted', 'promoted']);
  expect(ended.releases.map(({ jobs }) => jobs)).toEqual([{}, {}]);
  expect(world.violations).toEqual([]);

  /** What 0.1.0 had left running. */
  async function furnish(): Promise<void> {
    const target = world.target('dev');
    let effects = 0;
    const context = () => ({
      key: `before/${effects++}`,
      fence: 0,
      deadline: after(clock.now(), minutes(1)),
      signal: new AbortController().signal,
    });
    const [row] = await store.rows('environment', '');
    const environment = row === undefined ? null : read('environment', row).environment;
    if (environment !== null) await target.open(environment, context());
    for (const release of await store.rows('release', ''))
      for (const revision of read('release', release).revisions)
        await target.ensureReplicas({ revision, count: 2 }, context());
    await clock.sleep(seconds(30));
    await target.setRoute(first.table as unknown as RouteTable, context());
  }
});
