import type { Running } from '../candidates/candidate.ts';
import { monotonicMicros, quantile } from '../generator/task.ts';
import { sampleRate } from './load.ts';

export interface Routes {
  readonly count: number;
  /** Microseconds of processor time per request over many of the routes: with one route, and with all. */
  readonly processorOfOne: number | null;
  readonly processorOfAll: number | null;
  /** Microseconds. */
  readonly p99OfOne: number;
  readonly p99OfAll: number;
  /** Milliseconds from asking until the table is in force: all routes new; weights of all changed. */
  readonly firstTable: number;
  readonly changedTable: number;
}

const rate = 2_000;
const usedPorts = 64;

/** What a large table costs. The candidate keeps it. */
export async function measureRoutes(
  running: Running,
  { setRoutes, setWeight }: Switchable,
  count: number,
  seconds: number,
): Promise<Routes & { readonly ports: readonly number[] }> {
  const one = await sampleRate(running, [running.port], rate, seconds);
  let all: readonly number[] = [];
  const firstTable = await timed(async () => {
    all = await setRoutes(count);
  });
  const changedTable = await timed(() => setWeight(20));
  await setWeight(10);
  const step = Math.max(1, Math.floor(all.length / usedPorts));
  const ports = all.filter((_, at) => at % step === 0).slice(0, usedPorts);
  await sampleRate(running, ports, rate, 0.5); // opens what has to be opened
  const many = await sampleRate(running, ports, rate, seconds);
  return {
    ports,
    count,
    processorOfOne: one.processor,
    processorOfAll: many.processor,
    p99OfOne: quantile(one.latencies, 0.99),
    p99OfAll: quantile(many.latencies, 0.99),
    firstTable,
    changedTable,
  };
}

interface Switchable {
  readonly setRoutes: NonNullable<Running['setRoutes']>;
  readonly setWeight: NonNullable<Running['setWeight']>;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = monotonicMicros();
  await work();
  return (monotonicMicros() - began) / 1_000;
}
