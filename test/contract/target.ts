import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReplicaView, Target } from '#ports';
import { benchOf, failure, readyOf, routeTo, type TargetHarness, value } from './target-bench.ts';
import { describeConsumers } from './target-consumers.ts';
import { describeJobs } from './target-jobs.ts';
import { describePreviews } from './target-previews.ts';

export type { TargetHarness } from './target-bench.ts';

/** What every target promises, whatever it is made of. */
export function describeTargetContract(name: string, create: () => Promise<TargetHarness>): void {
  describe(`${name} keeps the contract of targets`, () => {
    let harness: TargetHarness;
    let target: Target;
    beforeEach(async () => {
      harness = await create();
      target = harness.target();
      value(await target.open(harness.environment, harness.context()));
    });
    afterEach(() => harness.end());

    const bench = benchOf(() => harness);
    const { build, ensure, ready } = bench;

    test('a build is named by its content', async () => {
      const first = await build('web');
      expect(await build('web')).toEqual(first);
      await harness.change('web');
      const second = await build('web');
      expect(second.build).not.toBe(first.build);
      expect(second.id).not.toBe(first.id);
    });

    test('a build is taken over as it is, also when its files have changed meanwhile', async () => {
      const web = harness.environment.services.find(({ name }) => name === 'web');
      if (web === undefined) throw new Error('the harness declares no service web');
      const made = await build('web');
      await harness.change('web');
      const service = { ...web, env: { ...web.env, ADOPTED: 'yes' } };
      const adopted = value(await target.adopt(service, made.build, harness.context()));
      expect(adopted).toMatchObject({ service: 'web', build: made.build, spec: { env: service.env } });
      expect(adopted.id).not.toBe(made.id);
      await ready(adopted, 1);
      const gone = await target.adopt(service, 'f'.repeat(64), harness.context());
      expect(gone).toMatchObject(failure('snapshot_missing'));
    });

    test('replicas become ready, and say since when', async () => {
      const revision = await build('web');
      const seen = await ready(revision, 2);
      for (const replica of readyOf(seen, revision)) {
        expect(replica).toMatchObject({ service: 'web', crashes: 0, detail: null });
        expect(replica.readySince).toBeLessThanOrEqual(seen.at);
      }
    });

    test('asking for replicas twice, also at once, starts them once', async () => {
      const revision = await build('web');
      await Promise.all([ensure(revision, 2), ensure(revision, 2)]);
      await ready(revision, 2);
      value(await ensure(revision, 1));
      const seen = await target.observe();
      expect(seen.replicas.filter((replica) => replica.revision === revision.id)).toHaveLength(2);
    });

    test('a replica that is never ready says why', async () => {
      const revision = await build('lame');
      value(await ensure(revision, 1));
      const { replicas } = await harness.observeUntil((seen) =>
        seen.replicas.some(({ detail }) => detail?.includes('503') === true),
      );
      expect(replicas).toMatchObject([{ state: 'starting', readySince: null }]);
    });

    test('a route is acknowledged; the same again changes nothing; an older or another one of its version is stale', async () => {
      const revision = await build('web');
      await ready(revision, 1);
      const table = routeTo(5, revision);
      expect(await target.setRoute(table, harness.context())).toEqual(acknowledged(5));
      expect(await target.setRoute(table, harness.context())).toEqual(acknowledged(5));
      expect((await target.observe()).router).toMatchObject({ state: 'serving', acknowledged: 5 });
      for (const stale of [routeTo(4, revision), { version: 5, routes: [] }])
        expect(await target.setRoute(stale, harness.context())).toMatchObject(failure('route_stale'));
    });

    test('replicas are drained and stopped down to what is kept, asked once or twice', async () => {
      const revision = await build('web');
      await ready(revision, 3);
      value(await target.setRoute(routeTo(1, revision), harness.context()));
      const ask = { revision: revision.id, keep: 1 };
      for (const _time of [1, 2])
        expect(await target.drain(ask, harness.context())).toEqual({ ok: true, value: { cut: 0 } });
      const draining = (await target.observe()).replicas.map(({ state }) => state).sort();
      expect(draining).toEqual(['draining', 'draining', 'ready']);
      for (const _time of [1, 2]) value(await target.stop(ask, harness.context()));
      expect((await target.observe()).replicas).toMatchObject([{ revision: revision.id, state: 'ready' }]);
    });

    test('a queue consumer is drained without a router and stopped', async () => {
      const revision = await build('worker');
      await ready(revision, 1);
      const ask = { revision: revision.id, keep: 0 };
      expect(await target.drain(ask, harness.context())).toEqual({ ok: true, value: { cut: 0 } });
      value(await target.stop(ask, harness.context()));
      expect((await target.observe()).replicas).toEqual([]);
    });

    test('a replica that crashes is started again and the crash is counted', async () => {
      const revision = await build('web');
      const [replica] = readyOf(await ready(revision, 1), revision);
      if (replica !== undefined) await harness.crash(replica);
      const seen = await harness.observeUntil(({ replicas }) =>
        replicas.some(({ crashes, state }) => crashes === 1 && state === 'ready'),
      );
      expect(seen.replicas).toMatchObject([{ replica: replica?.replica, revision: revision.id }]);
    });

    test('the next control plane finds everything as it was', async () => {
      const revision = await build('web');
      const before = readyOf(await ready(revision, 2), revision);
      value(await target.setRoute(routeTo(3, revision), harness.context()));
      await harness.restart();
      target = harness.target();
      value(await target.open(harness.environment, harness.context()));
      const after = await harness.observeUntil((seen) => readyOf(seen, revision).length === 2);
      expect(after.replicas.map(identityOf).sort()).toEqual(before.map(identityOf).sort());
      expect(after.router.acknowledged).toBe(3);
      value(await ensure(revision, 2));
      expect((await target.observe()).replicas).toHaveLength(2);
    });

    test('a controller that has been replaced is refused', async () => {
      const revision = await build('web');
      value(await target.ensureReplicas({ revision, count: 1 }, harness.context({ fence: 8 })));
      const refused = await target.ensureReplicas({ revision, count: 2 }, harness.context({ fence: 7 }));
      expect(refused).toMatchObject(failure('fenced'));
      expect((await target.observe()).replicas).toHaveLength(1);
    });

    test('an effect whose signal is aborted is not begun', async () => {
      const revision = await build('web');
      const refused = await target.ensureReplicas(
        { revision, count: 1 },
        harness.context({ signal: AbortSignal.abort() }),
      );
      expect(refused).toMatchObject(failure('cancelled'));
      expect((await target.observe()).replicas).toEqual([]);
    });

    test('closing ends everything, asked once or twice', async () => {
      await ready(await build('web'), 2);
      await ready(await build('worker'), 1);
      for (const _time of [1, 2]) value(await target.close({ erase: false }, harness.context()));
      const seen = await target.observe();
      expect(seen.replicas).toEqual([]);
      expect(seen.router.state).toBe('absent');
    });

    describeConsumers(bench);
    describeJobs(bench);
    describePreviews(bench);
  });
}

const identityOf = ({ replica, pid, port }: ReplicaView) => `${replica} ${pid} ${port}`;

const acknowledged = (version: number) => ({ ok: true, value: { acknowledged: version } });
