import { afterEach, describe, expect, it } from 'vitest';
import type { ExplainView, HistoryItem, PlanView, Problem, RolloutView, StatusView } from '#api';
import { aService } from '#core/release/fixture';
import type { Job, ReleasePolicy, Strategy } from '#core/system';
import { hours, millis, minutes } from '#kernel';
import { aBench, type BenchOptions, stopEngines, until } from './bench.fixture.ts';

afterEach(stopEngines);

const approval = { role: 'release manager', people: 2, within: hours(1) };
const byPerson: Strategy = { kind: 'blue-green', preview: millis(0), steps: [], advance: 'person' };
const job = (name: string, purpose: Job['purpose']): Job => ({
  name,
  purpose,
  service: aService(name, { replicas: 0, traffic: 'none' }),
  timeout: minutes(5),
  onFailure: 'rollback',
});
const migrations: ReleasePolicy['migrations'] = {
  jobs: [job('expand', 'expand'), job('contract', 'contract')],
  compatible: true,
  window: null,
  contractAfter: minutes(30),
};

/** An environment whose first release serves and whose second one has just been asked for. */
async function underWay(options: BenchOptions) {
  const bench = aBench(options);
  const status = async () => (await bench.ask<StatusView>('status')).body;
  await bench.ask('up', { by: 'ann' });
  const isServing = ({ release, rollout }: StatusView) => release?.number === 1 && rollout === null;
  // What holds for a release holds for the first one: it is let through.
  for (let now = await status(); !isServing(now); now = await until(status, isStill(now))) {
    if (now.rollout?.can.approve === true)
      for (const by of ['ann', 'bob']) await bench.ask('approve', { by, role: approval.role });
    if (now.rollout?.can.promote === true) await bench.ask('promote', {});
  }
  await bench.ask('releases', { by: 'ann', note: 'faster' });
  const rollout = async () => (await status()).rollout;
  const waiting = (kind: NonNullable<RolloutView['waitsFor']>['kind']) =>
    until(rollout, (view) => view?.waitsFor?.kind === kind);
  return { ...bench, status, rollout, waiting };
}

/** Something has changed, or it is not settled yet. */
const isStill = (before: StatusView) => (now: StatusView) =>
  now.rollout?.stage !== before.rollout?.stage ||
  now.rollout?.phase !== before.rollout?.phase ||
  now.release !== null;

const lines = ({ timeline }: ExplainView) =>
  timeline.filter(({ level }) => level === 'main').flatMap(({ sentence }) => sentence ?? []);

describe('a release that waits for people', () => {
  it('says for whom, counts each once and in the role that was asked for, and goes on with the last', async () => {
    const { ask, waiting, status } = await underWay({ release: { approval } });
    const view = await waiting('approval');
    expect(view?.waitsFor?.sentence).toMatch(/^approval by release manager: 0 of 2, until \d{4}-/);
    expect(view?.waitsFor).toMatchObject({
      person: true,
      commands: ['fairway approve --as "release manager"', 'fairway abort'],
    });
    expect(view?.can).toEqual({ abort: true, promote: false, pause: true, resume: false, approve: true });

    expect((await ask<Problem>('approve', { by: 'ann', role: 'intern' })).body).toMatchObject({
      code: 'approval_role',
      exit: 5,
    });
    expect((await ask('approve', { by: 'ann', role: 'release manager', note: 'seen' })).status).toBe(202);
    expect((await waiting('approval'))?.waitsFor?.sentence).toContain('1 of 2 (ann)');
    expect((await ask<Problem>('approve', { by: 'ann', role: 'release manager' })).body.code).toBe(
      'approval_given',
    );
    expect((await ask('approve', { by: 'bob', role: 'release manager' })).status).toBe(202);
    await until(status, ({ rollout }) => rollout?.phase === 'holding');

    const { body } = await ask<ExplainView>('explain');
    expect(lines(body).slice(0, 4)).toEqual([
      'release 2 by ann: "faster"; edge, from release 1',
      expect.stringMatching(/^waits for approval by 2 people as release manager, until /),
      'approved by ann as release manager, 1 of 2: seen',
      'approved by bob as release manager, 2 of 2',
    ]);
  });

  it('refuses what is not possible with the reason and with what is', async () => {
    const { ask, waiting } = await underWay({ release: { approval } });
    await waiting('approval');
    const { status, body } = await ask<Problem>('promote', {});
    expect(status).toBe(409);
    expect(body.title).toContain(
      'there is no hold or window to end; it waits for approval by release manager',
    );
    expect(body.hint).toContain('Possible now: fairway approve, fairway pause, fairway abort.');
  });
});

describe('a paused release', () => {
  it('says who paused it and why, and goes on where it was', async () => {
    const { ask, waiting, rollout } = await underWay({ service: { strategy: byPerson } });
    expect((await waiting('person'))?.waitsFor?.commands).toEqual(['fairway promote', 'fairway abort']);
    await ask('pause', { by: 'bob', note: 'lunch' });
    const paused = await waiting('resume');
    expect(paused?.paused).toMatchObject({ by: 'bob', note: 'lunch' });
    expect(paused?.waitsFor?.sentence).toMatch(/^somebody to resume it: paused by bob at .* \("lunch"\)/);
    expect((await ask<Problem>('pause', {})).body.title).toContain('it is paused already, by bob');
    await ask('resume', { by: 'bob' });
    await waiting('person');
    await ask('promote', { by: 'ann', note: 'looks good' });
    await until(rollout, (view) => view === null);
    const explained = (await ask<ExplainView>('explain')).body;
    expect(lines(explained)).toEqual([
      'release 2 by ann: "faster"; edge, from release 1',
      'preview of edge: the new revision runs, no user is on it; held, a person ends it',
      'paused by bob: lunch; "fairway resume" lets it go on',
      'resumed by bob',
      'ann let it go on from "preview of edge": looks good',
      expect.stringMatching(/^release 2 promoted: all requests go to it; release 1 stays warm until /),
    ]);
    expect(explained.exposure).toMatchObject({ most: 100, until: null });
  });
});

describe('a release that fails its users', () => {
  it('is explained by its cause, how long they were on it, and who asked', async () => {
    const { ask, rollout, world } = await underWay({});
    await until(rollout, (view) => view?.phase === 'holding');
    const canary = (await rollout())?.arms.find(({ role }) => role === 'canary')?.revision;
    const revision = canary ?? [...world.replicas.keys()].at(-1) ?? '';
    world.failing.add(revision);
    await until(rollout, (view) => view === null);
    const explained = (await ask<ExplainView>('explain')).body;
    expect(explained).toMatchObject({
      by: 'ann',
      note: 'faster',
      serves: 1,
      rollout: { phase: 'rolledBack' },
    });
    expect(explained.exposure).toMatchObject({ most: 10, since: null });
    expect(explained.exposure.millis).toBeGreaterThan(0);
    expect(lines(explained).slice(-3)).toEqual([
      expect.stringMatching(
        /^going back: The gate stopped the release: edge: \d+ of \d+ canary requests failed/,
      ),
      'all traffic is back on release 1',
      'release 2 rolled back; release 1 serves',
    ]);
    const [newest] = (await ask<HistoryItem[]>('history')).body;
    expect(newest?.rollouts[0]).toMatchObject({
      outcome: 'rolledBack',
      by: 'ann',
      requests: expect.any(Number),
      failures: expect.any(Number),
    });
  });

  it('rollbacks are told in the name of who asked, not of who made the release', async () => {
    const { ask, status, waiting } = await underWay({ service: { strategy: byPerson } });
    await waiting('person');
    await ask('promote', { by: 'ann' });
    await until(status, ({ release, rollout }) => release?.number === 2 && rollout === null);
    await ask('rollback', { by: 'bob', note: 'carts empty' });
    await until(status, ({ release, rollout }) => release?.number === 1 && rollout === null);
    const explained = (await ask<ExplainView>('explain')).body;
    expect(explained).toMatchObject({
      release: 1,
      by: 'bob',
      note: 'carts empty',
      rollout: { manner: 'direct' },
    });
    expect(lines(explained)[0]).toBe('bob asked to go back to release 1: "carts empty"');
    expect((await status()).pinned).toBe(true);
  });
});

describe('plan', () => {
  it('names every stage and the way back, and where it ends', async () => {
    const night = { name: 'night', days: ['mon'] as const, from: 0, until: 60, zone: 'UTC' };
    const bench = await underWay({ release: { approval, window: night, migrations } });
    await bench.waiting('approval');
    const { body } = await bench.ask<PlanView>('plan');
    expect(body.stages.map(({ sentence }) => sentence)).toEqual([
      'approval by release manager: 2 people within 1h, or it goes back; to agree: fairway approve --as "release manager"',
      expect.stringMatching(/^waits for the window night: opens next at \d{4}-/),
      'expand the schema: runs before the new revision starts, at most 5m; a failure takes the release back',
      'canary 10 % of edge: 10 % of the requests go to the new revision; held for 20s, the gate must pass',
      expect.stringMatching(/^canary 100 % of edge: all requests go to it/),
      'contract the schema: runs 30m after promotion; from then on there is no way back to release 1',
    ]);
    expect(body.wayBack.at(-1)).toContain('from then on there is no way back to release 1');
  });

  it('says that there is only forward where the old code cannot bear the new schema', async () => {
    const incompatible = { ...migrations, compatible: false };
    const bench = await underWay({ release: { approval, migrations: incompatible } });
    await bench.waiting('approval');
    const { body } = await bench.ask<PlanView>('plan');
    expect(body.stages.find(({ kind }) => kind === 'migration')).toMatchObject({
      final: true,
      sentence:
        'expand the schema: runs before the new revision starts, at most 5m; from expand on there is only forward (R4)',
    });
    expect(body.wayBack).toEqual([expect.stringContaining('from then on there is only forward (R4)')]);
  });
});
