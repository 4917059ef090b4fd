import { systemClock } from 'fairway-kit';
import { afterAll, expect, test } from 'vitest';
import type { Plan } from '../engine/plan.ts';
import { simulate } from '../engine/simulate.ts';
import { createEngine, type Engine, type Span, splitEvenly, timeLimitOf } from './engine.ts';

const plan: Plan = {
  portfolio: 1_000_000,
  spending: 40_000,
  years: 30,
  equity: 60,
  inflation: 2.5,
  scenarios: 10_000,
  seed: 9,
};
const engines: Engine[] = [];
const engineOf = (threads: number, mostWaiting = 100) => {
  const engine = createEngine({ threads, mostWaiting }, systemClock);
  engines.push(engine);
  return engine;
};
const quiet: Span = (_, __, work) => work();
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

test.each([1, 2, 3, 7])('%i threads give the digits that one thread gives', async (threads) => {
  for (const change of [{}, { scenarios: 10 }, { scenarios: 7_777, years: 100 }])
    expect(await engineOf(threads).simulate({ ...plan, ...change }, { span: quiet })).toEqual(
      simulate({ ...plan, ...change }),
    );
});

test('the calling thread stays free while a large simulation runs', async () => {
  const engine = engineOf(1);
  await engine.simulate({ ...plan, scenarios: 10 }, { span: quiet });
  let turns = 0;
  let isOver = false;
  const running = engine.simulate({ ...plan, years: 100 }, { span: quiet }).finally(() => (isOver = true));
  while (!isOver) {
    await new Promise(setImmediate);
    turns++;
  }
  await running;
  expect(turns).toBeGreaterThan(20); // a simulation on this thread would leave three
});

test('the spans of a run are nested as its trace says', async () => {
  const seen: string[] = [];
  let depth = 0;
  const span: Span = async (name, _, work) => {
    seen.push('  '.repeat(depth++) + name);
    return work().finally(() => depth--);
  };
  await engineOf(2).simulate(plan, { span });
  expect(seen).toEqual(['run_monte_carlo_vectorized', '  generate_random_returns', '  calculate_statistics']);
});

test('a simulation that nobody waits for is ended, and the next one is served', async () => {
  const engine = engineOf(1);
  const controller = new AbortController();
  const given = engine.simulate({ ...plan, years: 100 }, { span: quiet, signal: controller.signal });
  queueMicrotask(() => controller.abort());
  await expect(given).rejects.toMatchObject({ code: 'stopped' });
  expect((await engine.simulate({ ...plan, scenarios: 10 }, { span: quiet })).years).toHaveLength(31);
});

test('too many at once are refused, the others are served', async () => {
  const engine = engineOf(1, 2);
  const all = await Promise.allSettled(
    Array.from({ length: 6 }, (_, seed) =>
      engine.simulate({ ...plan, scenarios: 10, seed }, { span: quiet }),
    ),
  );
  const refused = all.flatMap((each) =>
    each.status === 'rejected' ? [(each.reason as { code: string }).code] : [],
  );
  expect(new Set(refused)).toEqual(new Set(['too_many']));
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  expect(engine.waiting()).toBe(0);
});

test('a simulation that takes too long is cut, and told so', async () => {
  const hurried = createEngine(
    { threads: 1, mostWaiting: 9 },
    { ...systemClock, sleep: () => Promise.resolve() },
  );
  engines.push(hurried);
  await expect(hurried.simulate(plan, { span: quiet })).rejects.toMatchObject({ code: 'took_too_long' });
});

test.each([
  [10, 5_000],
  [1_000, 5_000],
  [1_001, 10_000],
  [5_000, 25_000],
  [10_000, 50_000],
  [20_000, 50_000],
])('%i scenarios may take %i ms', (scenarios, expected) => {
  expect(timeLimitOf({ scenarios })).toBe(expected);
});

test('ranges follow each other and are of even length', () => {
  expect(splitEvenly(10, 3)).toEqual([
    [0, 3],
    [3, 6],
    [6, 10],
  ]);
  expect(splitEvenly(2, 8)).toEqual([
    [0, 1],
    [1, 2],
  ]);
});
