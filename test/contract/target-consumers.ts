import { beforeEach, describe, expect, test } from 'vitest';
import type { Revision } from '#core/release';
import type { Observation } from '#ports';
import { type TargetBench, value } from './target-bench.ts';

/** What every target promises that can pause consumers (R14). */
export function describeConsumers(bench: TargetBench): void {
  describe('a consumer', () => {
    beforeEach(({ skip }) => {
      const { can } = bench.target();
      skip(!can.pausesConsumers, `${can.name} cannot pause consumers`);
    });
    const consume = (revision: Revision, active: number) =>
      bench.target().consume({ revision: revision.id, active }, bench.context());
    const atWork = ({ replicas }: Observation) =>
      replicas.filter(({ consuming }) => consuming === true).map(({ replica }) => replica);

    test('takes no jobs before it is told to; then exactly so many replicas do', async () => {
      const revision = await bench.build('queue');
      const seen = await bench.ready(revision, 3);
      expect(seen.replicas.map(({ consuming }) => consuming)).toEqual([false, false, false]);
      for (const active of [2, 3, 1, 0]) {
        value(await consume(revision, active));
        expect(atWork(await bench.target().observe())).toHaveLength(active);
      }
    });

    test('keeps its work when the number stays, shrinks or grows', async () => {
      const revision = await bench.build('queue');
      await bench.ready(revision, 3);
      value(await consume(revision, 1));
      const [first = ''] = atWork(await bench.target().observe());
      for (const active of [1, 2, 2, 1]) {
        value(await consume(revision, active));
        expect(atWork(await bench.target().observe())).toContain(first);
      }
    });

    test('that is started beyond the number takes no jobs', async () => {
      const revision = await bench.build('queue');
      await bench.ready(revision, 1);
      value(await consume(revision, 1));
      await bench.ready(revision, 2);
      expect(atWork(await bench.target().observe())).toHaveLength(1);
    });

    test('that crashes is replaced or takes jobs again: the number holds', async () => {
      const revision = await bench.build('queue');
      const { replicas } = await bench.ready(revision, 2);
      value(await consume(revision, 2));
      const [first] = replicas;
      if (first !== undefined) await bench.harness().crash(first);
      const seen = await bench
        .harness()
        .observeUntil((now) => atWork(now).length === 2 && now.replicas.some(({ crashes }) => crashes === 1));
      expect(seen.replicas).toHaveLength(2);
    });

    test('the number holds under the next control plane', async () => {
      const revision = await bench.build('queue');
      await bench.ready(revision, 2);
      value(await consume(revision, 1));
      const before = atWork(await bench.target().observe());
      await bench.restart();
      const seen = await bench
        .harness()
        .observeUntil(({ replicas }) => replicas.filter(({ state }) => state === 'ready').length === 2);
      expect(atWork(seen)).toEqual(before);
      value(await consume(revision, 1));
      expect(atWork(await bench.target().observe())).toEqual(before);
    });

    test('a service that is none needs nothing', async () => {
      const revision = await bench.build('worker');
      await bench.ready(revision, 1);
      value(await consume(revision, 1));
      expect((await bench.target().observe()).replicas).toMatchObject([{ consuming: null }]);
    });
  });
}
