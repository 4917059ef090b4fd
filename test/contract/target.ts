import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Revision, RouteTable } from '#core/release';
import type { Environment, Service } from '#core/system';
import { percent, type Result } from '#kernel';
import type { EffectContext, Observation, ReplicaView, Target } from '#ports';

/** What a target brings so that the contract can be tried on it. One world per test. */
export interface TargetHarness {
  /** The present control plane's target. */
  target(): Target;
  /** Has the services `web` (HTTP, becomes ready), `lame` (HTTP, never ready) and `worker` (no traffic). */
  readonly environment: Environment;
  readonly sourceFolder: string;
  context(more?: Partial<EffectContext>): EffectContext;
  /** Changes the service's files, so that its next build differs. */
  change(service: string): Promise<void>;
  /** The control plane goes and another one comes. */
  restart(): Promise<void>;
  /** Ends the replica's process the hard way. */
  crash(replica: ReplicaView): Promise<void>;
  /** Observes until it holds, on whatever clock the target lives by; fails after a while. */
  observeUntil(holds: (observation: Observation) => boolean): Promise<Observation>;
  end(): Promise<void>;
}

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

    const build = async (service: string): Promise<Revision> =>
      value(await target.build(serviceOf(harness, service), harness.sourceFolder, harness.context()));
    const ensure = (revision: Revision, count: number) =>
      target.ensureReplicas({ revision, count }, harness.context());
    const ready = async (revision: Revision, count: number) => {
      value(await ensure(revision, count));
      return harness.observeUntil((seen) => readyOf(seen, revision).length === count);
    };

    test('a build is named by its content', async () => {
      const first = await build('web');
      expect(await build('web')).toEqual(first);
      await harness.change('web');
      const second = await build('web');
      expect(second.build).not.toBe(first.build);
      expect(second.id).not.toBe(first.id);
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
  });
}

function serviceOf({ environment }: TargetHarness, name: string): Service {
  const service = environment.services.find((each) => each.name === name);
  if (service === undefined) throw new Error(`the harness declares no service ${name}`);
  return service;
}

const readyOf = ({ replicas }: Observation, revision: Revision) =>
  replicas.filter((replica) => replica.revision === revision.id && replica.state === 'ready');

const identityOf = ({ replica, pid, port }: ReplicaView) => `${replica} ${pid} ${port}`;

const routeTo = (version: number, { id, service }: Revision): RouteTable => ({
  version,
  routes: [{ service, arms: [{ revision: id, role: 'stable', weight: percent(100) }] }],
});

const acknowledged = (version: number) => ({ ok: true, value: { acknowledged: version } });
const failure = (code: string) => ({ ok: false, error: { code } });

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
