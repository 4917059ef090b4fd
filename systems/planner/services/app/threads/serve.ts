import { parentPort } from 'node:worker_threads';
import type { Reply, Task } from './pool.ts';

/** Answers the tasks of a pool with these functions, one at a time. What a function throws is told, not fatal. */
export function serveTasks(functions: Readonly<Record<string, (given: never) => unknown>>): void {
  parentPort?.on(
    'message',
    (task: Task) => void answer(task).then((reply) => parentPort?.postMessage(reply)),
  );

  async function answer({ name, given }: Task): Promise<Reply> {
    try {
      const run = functions[name];
      if (run === undefined) throw new Error(`there is no task ${name}`);
      // The sender and the function agree on the type: both sides of a task are written together.
      return { value: await run(given as never) };
    } catch (reason) {
      return { problem: reason instanceof Error ? reason.message : String(reason) };
    }
  }
}
