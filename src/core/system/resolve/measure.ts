import type { Counters, Measure } from '../resolved.ts';
import type { Selector } from '../schema/selector.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type Declared = EnvironmentDeclaration['services'][string];

/** Defaults filled in: names of OpenTelemetry for what serves requests, `jobs_…_total` for what works off jobs. */
export function resolveMeasure(declared: Pick<Declared, 'measure' | 'traffic' | 'probes'>): Measure | null {
  const { measure, traffic } = declared;
  if (measure === undefined) return traffic === 'http' ? { from: 'router' } : null;
  if (measure === 'router') return { from: 'router' };
  if (measure !== 'metrics' && measure.from === 'prometheus') {
    const { url, requests, failures, latency } = measure;
    return { from: 'prometheus', url, requests, failures, latency: latency ?? null };
  }
  const { path, requests, failures, latency } =
    measure === 'metrics' ? { ...noNames, path: '/metrics' } : measure;
  const usual = traffic === 'none' ? ofJobs : ofRequests([path, ...probePaths(declared)]);
  return {
    from: 'metrics',
    path,
    requests: requests ?? usual.requests,
    failures: failures ?? usual.failures,
    latency: latency ?? (requests === undefined ? usual.latency : null),
  };
}

const noNames = { requests: undefined, failures: undefined, latency: undefined };

function probePaths({ probes }: Pick<Declared, 'probes'>): readonly string[] {
  return [probes.live, probes.ready, probes.startup].flatMap((probe) =>
    probe === undefined ? [] : [probe.path],
  );
}

const metric = (name: string, ...matchers: Selector['matchers']): Selector => ({ name, matchers });

const ofJobs: Counters = {
  requests: [metric('jobs_completed_total'), metric('jobs_failed_total')],
  failures: [metric('jobs_failed_total')],
  latency: null,
};

/**
 * Names of the HTTP semantic conventions of OpenTelemetry (1.23 and later) as its exporter for Prometheus writes them:
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/. What Fairway itself asks a replica is no evidence (R7).
 */
function ofRequests(ours: readonly string[]): Counters {
  const duration = 'http_server_request_duration_seconds';
  const status = 'http_response_status_code';
  const routes = [...new Set(ours.map((path) => path.replace(/\?.*/, '')))].map(literally).join('|');
  const ofUsers = { label: 'http_route', is: '!~', value: routes } as const;
  return {
    requests: [metric(`${duration}_count`, ofUsers)],
    failures: [metric(`${duration}_count`, ofUsers, { label: status, is: '=~', value: '5..' })],
    latency: metric(duration, ofUsers, { label: status, is: '!~', value: '5..' }),
  };
}

/** A text as a pattern that fits it alone. */
const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
