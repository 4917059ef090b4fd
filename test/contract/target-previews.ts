import { beforeEach, describe, expect, test } from 'vitest';
import type { Revision, RouteTable } from '#core/release';
import { percent } from '#kernel';
import { routeTo, type TargetBench, value } from './target-bench.ts';

/** What every target promises on which a revision without traffic has an address of its own. */
export function describePreviews(bench: TargetBench): void {
  describe('a revision that is released', () => {
    beforeEach(({ skip }) => {
      const { can } = bench.target();
      skip(!can.previews, `${can.name} gives no addresses to previews`);
    });

    test('answers at its preview, whatever its weight, and no other revision does', async () => {
      const [stable, canary] = await bothReady();
      for (const [version, weight] of [
        [1, 0],
        [2, 30],
      ] as const) {
        value(await bench.target().setRoute(split(version, stable, canary, weight), bench.context()));
        const { previews } = (await bench.target().observe()).router;
        expect(Object.keys(previews)).toEqual(['web']);
        for (let ask = 0; ask < 5; ask += 1)
          expect(await bench.harness().answerAt(previews['web'] ?? '')).toBe(canary.id);
      }
    });

    test('has an address as long as it is the second one, and the same under the next control plane', async () => {
      const [stable, canary] = await bothReady();
      const previews = async () => (await bench.target().observe()).router.previews;
      value(await bench.target().setRoute(routeTo(1, stable), bench.context()));
      expect(await previews()).toEqual({});
      value(await bench.target().setRoute(split(2, stable, canary, 0), bench.context()));
      const before = await previews();
      await bench.restart();
      await bench.harness().observeUntil(({ router }) => router.acknowledged === 2);
      expect(await previews()).toEqual(before);
      value(await bench.target().setRoute(routeTo(3, canary), bench.context()));
      expect(await previews()).toEqual({});
    });

    async function bothReady(): Promise<readonly [Revision, Revision]> {
      const stable = await bench.build('web');
      await bench.ready(stable, 1);
      await bench.harness().change('web');
      const canary = await bench.build('web');
      await bench.ready(canary, 1);
      return [stable, canary];
    }
  });
}

const split = (version: number, stable: Revision, canary: Revision, weight: number): RouteTable => ({
  version,
  routes: [
    {
      service: stable.service,
      arms: [
        { revision: stable.id, role: 'stable', weight: percent(100 - weight) },
        { revision: canary.id, role: 'canary', weight: percent(weight) },
      ],
    },
  ],
});
