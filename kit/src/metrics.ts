import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { type Clock, systemClock } from './clock.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface Metrics {
  /** A number that only grows. Labels that it will have are named at once. */
  counter(name: string, help: string, labelNames?: readonly string[]): (labels?: Labels, by?: number) => void;
  /** Observations sorted into buckets; `bounds` ascend. */
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    labelNames?: readonly string[],
  ): (value: number, labels?: Labels) => void;
  /** A number that is looked up when somebody asks. One that cannot be had within a second is left out. */
  gauge(name: string, help: string, look: () => Look | Promise<Look>): void;
  /** All of it in the text format of Prometheus, version 0.0.4. */
  render(): Promise<string>;
  /** What the process itself uses: process_start_time_seconds, memory, CPU, event loop, garbage collection. */
  addProcess(): void;
}

type Look = number | readonly Sample[];

interface Gauged {
  readonly help: string;
  readonly look: () => Look | Promise<Look>;
}

const patience = 1_000; // milliseconds for a number that is looked up

export function createMetrics({ clock = systemClock }: { readonly clock?: Clock } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauges = new Map<string, Gauged>();

  return {
    counter(name, help, labelNames = []) {
      const counter = new Counter({ name, help, labelNames: [...labelNames], registers });
      return (labels = {}, by = 1) => counter.inc(labels, by);
    },

    histogram(name, help, bounds, labelNames = []) {
      const buckets = [...bounds];
      const histogram = new Histogram({ name, help, labelNames: [...labelNames], buckets, registers });
      return (value, labels = {}) => histogram.observe(labels, value);
    },

    gauge(name, help, look) {
      if (gauges.has(name)) throw new Error(`A metric with the name ${name} is there already.`);
      gauges.set(name, { help, look });
    },

    async render() {
      const found = await Promise.all(
        [...gauges].map(async ([name, { help, look }]) => ({
          name,
          help,
          samples: await inTime(look, clock),
        })),
      );
      const current = new Registry();
      for (const { name, help, samples } of found) {
        const labelNames = [...new Set(samples.flatMap(({ labels = {} }) => Object.keys(labels)))];
        const gauge = new Gauge({ name, help, labelNames, registers: [] });
        for (const { labels = {}, value } of samples) gauge.set(labels, value);
        if (samples.length > 0) current.registerMetric(gauge);
      }
      return (await registry.metrics()) + (await current.metrics());
    },

    addProcess: () => collectDefaultMetrics({ register: registry }),
  };
}

/** What a gauge shows now; nothing when it fails or takes too long, for the other numbers' sake. */
async function inTime(look: Gauged['look'], clock: Clock): Promise<readonly Sample[]> {
  const done = new AbortController();
  const late = clock.sleep(patience, done.signal).then(() => []);
  const looked = Promise.resolve()
    .then(look)
    .then((value) => (typeof value === 'number' ? [{ value }] : value))
    .catch(() => []);
  const samples = await Promise.race([looked, late]);
  done.abort();
  return samples;
}

/** How a service without traffic is measured: jobs_completed_total and jobs_failed_total, which a release's gate reads. */
export function jobCounters(metrics: Metrics): {
  readonly completed: (queue: string) => void;
  readonly failed: (queue: string) => void;
} {
  const completed = metrics.counter('jobs_completed_total', 'Jobs that were done.', ['queue']);
  const failed = metrics.counter('jobs_failed_total', 'Jobs that were given up.', ['queue']);
  return { completed: (queue) => completed({ queue }), failed: (queue) => failed({ queue }) };
}
