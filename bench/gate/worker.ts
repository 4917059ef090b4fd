import { parentPort } from 'node:worker_threads';
import { type Ending, gates, runOnce } from './run-once.ts';
import { scenarios } from './scenarios.ts';

/** Some runs of one scenario. */
export interface Task {
  readonly scenario: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

export interface TaskResult {
  readonly task: Task;
  /** For each gate, in the order of `gates`, the endings in the order of the runs. */
  readonly endings: readonly (readonly Ending[])[];
}

parentPort?.on('message', (task: Task) => {
  const scenario = scenarios.find(({ id }) => id === task.scenario);
  if (!scenario) throw new Error(`no scenario is called ${task.scenario}`);
  const runs = Array.from({ length: task.to - task.from }, (_, i) =>
    runOnce(scenario, task.seed, task.from + i),
  );
  const endings = gates.map((gate) => runs.map((run) => run[gate]));
  parentPort?.postMessage({ task, endings } satisfies TaskResult);
});
