import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gates } from './run-once.ts';
import { bake, type Scenario, scenarios } from './scenarios.ts';
import { summaryOf } from './summary.ts';
import { reportOf } from './tables.ts';
import type { Task, TaskResult } from './worker.ts';

/**
 * Our gate beside those of other projects, on the same seeded traffic:
 * `npm run bench:gate [-- --runs 200 --seed 7 --only "clumped"]`. Prints Markdown; the same seed and number of runs print the
 * same. `--runs` counts the runs of a harmful release; good releases get more, since a false rollback is rare.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
const runs = wholeNumber('runs', values.runs);
const seed = wholeNumber('seed', values.seed);
const chosen = scenarios.filter(({ id }) => id.includes(values.only));
if (chosen.length === 0) end(`No scenario's name contains "${values.only}".`);

const began = performance.now();
const found = await perform(chosen.flatMap(tasksOf));
const results = chosen.map((scenario) => {
  const parts = found
    .filter(({ task }) => task.scenario === scenario.id)
    .sort((a, b) => a.task.from - b.task.from);
  const summaries = gates.map(
    (gate, i) =>
      [
        gate,
        summaryOf(
          parts.flatMap(({ endings }) => endings[i] ?? []),
          bake,
        ),
      ] as const,
  );
  return {
    scenario,
    gates: Object.fromEntries(summaries) as Parameters<typeof reportOf>[0][number]['gates'],
  };
});
console.log(reportOf(results));
console.error(`${((performance.now() - began) / 1_000).toFixed(0)} s`);

/** Small parts, so that no worker is left with a long one at the end. */
function tasksOf(scenario: Scenario): Task[] {
  const all = runs * scenario.runs;
  const size = 10;
  return Array.from({ length: Math.ceil(all / size) }, (_, i) => ({
    scenario: scenario.id,
    seed,
    from: i * size,
    to: Math.min(all, (i + 1) * size),
  }));
}

async function perform(tasks: readonly Task[]): Promise<readonly TaskResult[]> {
  const waiting = [...tasks];
  const done: TaskResult[] = [];
  await Promise.all(
    Array.from(
      { length: Math.min(availableParallelism(), tasks.length) },
      () =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL('./worker.ts', import.meta.url));
          const next = () => {
            const task = waiting.shift();
            if (task === undefined) void worker.terminate().then(() => resolve());
            else worker.postMessage(task);
          };
          worker.on('error', reject);
          worker.on('message', (result: TaskResult) => {
            done.push(result);
            if (process.stderr.isTTY) process.stderr.write(`\r${done.length} of ${tasks.length} parts `);
            next();
          });
          next();
        }),
    ),
  );
  return done;
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1e6)
    end(`--${name} takes a whole number from 1 on, not "${text}".`);
  return value;
}

function end(sentence: string): never {
  console.error(`${sentence} Example: npm run bench:gate -- --runs 200 --seed 7 --only "err 50"`);
  process.exit(2);
}
