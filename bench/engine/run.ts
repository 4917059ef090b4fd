import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { aPolicy, aService } from '#core/release/fixture';
import type { Environment } from '#core/system';
import { createEngine, usualPaces } from '#engine';
import { hours, instant, millis, percent, seconds, seededRandom } from '#kernel';
import { createMemoryStore } from '#store';
import { createVirtualClock, createWorld } from '#targets/simulated';

/**
 * How the engine grows with the number of rollouts in flight, in one process on the simulated target:
 * `npm run bench:engine [-- most]`. Every environment holds a canary at 10 % for an hour; looks every second,
 * measures every five. Time is processor time of everything, the simulated world and the journal in memory included.
 */
interface Figures {
  readonly count: number;
  readonly startEach: number;
  readonly perLook: number;
  readonly perStep: number;
  readonly bytesEach: number;
}

async function measure(count: number): Promise<Figures> {
  const clock = createVirtualClock(instant(1_700_000_000_000));
  const world = createWorld({ clock, random: seededRandom(1) });
  let steps = 0;
  const store = createMemoryStore({ clock });
  const engine = createEngine({
    store: { ...store, commit: (commit) => (steps++, store.commit(commit)) },
    clock,
    owner: 'bench',
    targetFor: (name) => world.target(name),
    report: ({ code, facts }) => console.error(code, facts),
    paces: { ...usualPaces, busy: millis(1_000), idle: seconds(5) },
  });
  const names = Array.from({ length: count }, (_, i) => `env-${i}`);
  const before = heap();
  const starting = await cpu(() =>
    clock.until(
      (async () => {
        for (const name of names) await engine.up(ask(declared(name, 1)));
        await clock.sleep(seconds(60));
        for (const name of names) {
          world.environment(name).load('edge', 20);
          await engine.release(ask(declared(name, 2)));
        }
        await clock.sleep(seconds(30));
      })(),
    ),
  );
  const held = await Promise.all(names.map(async (name) => (await engine.runner(name)).active()?.phase));
  if (!held.every((phase) => phase === 'holding')) throw new Error('not every canary is held');
  const bytesEach = (heap() - before) / count;
  steps = 0;
  const span = seconds(60);
  const holding = await cpu(() => clock.until(clock.sleep(span)));
  const looks = count * (span / 1_000);
  return {
    count,
    startEach: starting / count,
    perLook: (holding * 1_000) / looks,
    perStep: (holding * 1_000) / steps,
    bytesEach,
  };
}

/** Milliseconds of processor time. */
async function cpu(work: () => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

function heap(): number {
  setFlagsFromString('--expose_gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

function declared(name: string, version: number): Environment {
  const steps = [{ weight: percent(10), hold: hours(1), gate: true }];
  const strategy = { kind: 'canary', steps, by: 'requests', advance: 'gate' } as const;
  const edge = aService('edge', { strategy, env: { BUILD: `${name}@${version}` } });
  const gate = { ...aPolicy.gate, interval: seconds(5) };
  return {
    system: 'bench',
    name,
    target: 'simulated',
    services: [edge],
    stores: [],
    checks: [],
    secrets: [],
    flags: {},
    release: { ...aPolicy, gate },
  };
}

function ask(environment: Environment) {
  return {
    environment,
    sourceFolder: '/bench',
    source: '/bench',
    services: null,
    by: 'bench',
    note: '',
  };
}

function row({ count, startEach, perLook, perStep, bytesEach }: Figures): string {
  const cells = [
    [String(count), 8],
    [startEach.toFixed(2), 17],
    [perLook.toFixed(1), 15],
    [perStep.toFixed(1), 15],
    [Math.round(1_000_000 / perStep).toLocaleString('en'), 10],
    [(bytesEach / 1_024).toFixed(1), 19],
  ] as const;
  return cells.map(([text, width]) => text.padStart(width)).join('');
}

const most = Number(process.argv[2] ?? 10_000);
const spans = [100, 1_000, most].filter((each, i, all) => each <= most && all.indexOf(each) === i);
console.log('rollouts   start, ms each   per look, µs   per step, µs   steps/s   memory each, KiB');
for (const count of spans) console.log(row(await measure(count)));
