import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, describeFailure, instant } from '#kernel';
import { readAsk } from './arguments.ts';
import { openParser } from './parse.ts';
import { exitOf } from './problems.ts';
import { runPhase } from './run.ts';
import type { Line } from './world.ts';

/**
 * `node main.ts <phase> <folder>`: a task of a release that applies files of SQL to the database in `DATABASE_URL`. Prints
 * lines of JSON; ends with 0 when nothing is left to do, 75 when a later attempt may succeed, 2 when the files or the
 * command are wrong, 1 for anything else. `FAIRWAY_RESUME` is not read: where to go on is kept in the database.
 */
async function main(): Promise<void> {
  const ask = readAsk(process.argv.slice(2), process.env);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  const world = { clock, random: Math.random, say, stopping: stop.signal };
  const outcome = ask.ok ? await runPhase(ask.value, await openParser(), world) : ask;
  if (outcome.ok) return;
  const { sentence, hint } = describeFailure(outcome.error);
  say({ message: `${sentence} ${hint}` });
  process.exitCode = exitOf(outcome.error);
}

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (length, signal) =>
    wait(length, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};

function say(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await main();
