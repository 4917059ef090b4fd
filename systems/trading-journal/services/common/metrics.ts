export type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  /** A number that only grows. */
  counter(name: string, help: string): (labels?: Labels, by?: number) => void;
  /** Observations sorted into buckets; `bounds` ascend. */
  histogram(name: string, help: string, bounds: readonly number[]): (value: number, labels?: Labels) => void;
  /** A number that is looked up when somebody asks. One that cannot be had is left out. */
  gauge(name: string, help: string, look: () => Promise<readonly Sample[]> | readonly Sample[]): void;
  /** All of it in Prometheus' text format, version 0.0.4. */
  render(): Promise<string>;
}

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export function createMetrics(): Metrics {
  const families: (() => Promise<string[]>)[] = [];
  const family = (name: string, help: string, type: string, lines: () => Promise<string[]> | string[]) => {
    families.push(async () => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...(await lines())]);
  };

  return {
    counter(name, help) {
      const totals = new Map<string, number>();
      family(name, help, 'counter', () => [...totals].map(([labels, value]) => `${name}${labels} ${value}`));
      return (labels = {}, by = 1) => {
        const key = labelText(labels);
        totals.set(key, (totals.get(key) ?? 0) + by);
      };
    },

    histogram(name, help, bounds) {
      const series = new Map<string, Series>();
      family(name, help, 'histogram', () =>
        [...series.values()].flatMap((each) => bucketLines(name, bounds, each)),
      );
      return (value, labels = {}) => {
        const key = labelText(labels);
        const found = series.get(key) ?? { labels, counts: bounds.map(() => 0), sum: 0, count: 0 };
        series.set(key, found);
        bounds.forEach(
          (bound, index) => (found.counts[index] = (found.counts[index] ?? 0) + (value <= bound ? 1 : 0)),
        );
        found.sum += value;
        found.count += 1;
      };
    },

    gauge(name, help, look) {
      family(name, help, 'gauge', async () =>
        (await look()).map(({ labels = {}, value }) => `${name}${labelText(labels)} ${value}`),
      );
    },

    async render() {
      const found = await Promise.allSettled(families.map((lines) => lines()));
      return `${found.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])).join('\n')}\n`;
    },
  };
}

interface Series {
  readonly labels: Labels;
  readonly counts: number[];
  sum: number;
  count: number;
}

function bucketLines(
  name: string,
  bounds: readonly number[],
  { labels, counts, sum, count }: Series,
): string[] {
  const bucket = (le: string, value: number) => `${name}_bucket${labelText({ ...labels, le })} ${value}`;
  return [
    ...bounds.map((bound, index) => bucket(String(bound), counts[index] ?? 0)),
    bucket('+Inf', count),
    `${name}_sum${labelText(labels)} ${sum}`,
    `${name}_count${labelText(labels)} ${count}`,
  ];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escape = (value: string) =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** What the process itself uses. */
export function addProcessMetrics(metrics: Metrics): void {
  metrics.gauge('process_resident_memory_bytes', 'Resident memory.', () => [
    { value: process.memoryUsage.rss() },
  ]);
  metrics.gauge('process_cpu_seconds_total', 'User and system CPU time.', () => {
    const { user, system } = process.cpuUsage();
    return [{ value: (user + system) / 1e6 }];
  });
}
