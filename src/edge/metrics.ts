/** What the edge counts, in the text format of Prometheus (version 0.0.4). */
export interface EdgeMetrics {
  request(facts: {
    readonly service: string;
    readonly revision: string;
    readonly status: number;
    readonly protocol: string;
    readonly millis: number;
    readonly bytes: number;
  }): void;
  /** Answered by the edge itself, by why. */
  refused(reason: string): void;
  rateLimited(rule: string): void;
  upgraded(service: string): void;
  /** How many waited for a replica, and what came of it. */
  held(outcome: 'served' | 'late' | 'full'): void;
  text(): string;
}

/** Upper bounds of the buckets in seconds; the customary ones of Prometheus, and two for long answers. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;
/** Revisions come and go; so many series of one name are remembered, then the oldest goes. */
const mostSeries = 2_000;

interface Histogram {
  readonly counts: number[];
  sum: number;
  total: number;
}

export function createMetrics(): EdgeMetrics {
  const requests = counter('fairway_edge_requests_total', 'Requests that a service answered.');
  const sent = counter('fairway_edge_response_bytes_total', 'Bytes of bodies that were sent.');
  const refusals = counter('fairway_edge_refused_total', 'Requests that the edge answered itself.');
  const limited = counter('fairway_edge_rate_limited_total', 'Requests beyond a rate limit.');
  const upgrades = counter('fairway_edge_upgrades_total', 'WebSockets that were let in.');
  const holds = counter('fairway_edge_held_total', 'Requests that waited for a replica.');
  const durations = new Map<string, Histogram>();
  return {
    request({ service, revision, status, protocol, millis, bytes }) {
      const who = { service, revision };
      requests.add({ ...who, code: `${Math.floor(status / 100)}xx`, protocol });
      sent.add(who, bytes);
      observe(durations, labelsOf(who), millis / 1_000);
    },
    refused: (reason) => refusals.add({ reason }),
    rateLimited: (rule) => limited.add({ rule }),
    upgraded: (service) => upgrades.add({ service }),
    held: (outcome) => holds.add({ outcome }),
    text: () =>
      [requests, sent, refusals, limited, upgrades, holds].map((one) => one.text()).join('') +
      histogramText(
        'fairway_edge_request_duration_seconds',
        'Time until an answer was sent whole.',
        durations,
      ),
  };
}

function counter(name: string, help: string) {
  const values = new Map<string, number>();
  return {
    add(labels: Readonly<Record<string, string>>, amount = 1) {
      const key = labelsOf(labels);
      values.set(key, (values.get(key) ?? 0) + amount);
      forgetOldest(values);
    },
    text: () => metricText(name, 'counter', help, values),
  };
}

function observe(histograms: Map<string, Histogram>, key: string, seconds: number): void {
  const known = histograms.get(key) ?? { counts: bounds.map(() => 0), sum: 0, total: 0 };
  const bucket = bounds.findIndex((bound) => seconds <= bound);
  if (bucket !== -1) known.counts[bucket] = (known.counts[bucket] ?? 0) + 1;
  known.sum += seconds;
  known.total += 1;
  histograms.set(key, known);
  forgetOldest(histograms);
}

function forgetOldest(values: Map<string, unknown>): void {
  const oldest = values.keys().next().value;
  if (values.size > mostSeries && oldest !== undefined) values.delete(oldest);
}

/** A metric by its sets of labels, as they come from `labelsOf`. */
export function metricText(
  name: string,
  kind: 'counter' | 'gauge',
  help: string,
  values: ReadonlyMap<string, number>,
): string {
  const lines = [...values].map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function histogramText(name: string, help: string, values: ReadonlyMap<string, Histogram>): string {
  let text = `# HELP ${name} ${help}\n# TYPE ${name} histogram\n`;
  for (const [labels, { counts, sum, total }] of values) {
    let below = 0;
    for (const [index, bound] of bounds.entries()) {
      below += counts[index] ?? 0;
      text += `${name}_bucket{${labels},le="${bound}"} ${below}\n`;
    }
    text += `${name}_bucket{${labels},le="+Inf"} ${total}\n${name}_sum{${labels}} ${sum}\n`;
    text += `${name}_count{${labels}} ${total}\n`;
  }
  return text;
}

/** `a="b",c="d"`: backslashes, quotes and line ends escaped. */
export function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${value.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`))}"`,
    )
    .join(',');
}
