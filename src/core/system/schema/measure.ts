import { z } from 'zod';
import { urlPath } from './names.ts';
import { either, object } from './object.ts';
import { parseSelector, type Selector } from './selector.ts';

const selectorText = z
  .string('write the name of a metric, with labels where needed: http_requests_total{code=~"5.."}')
  .max(1_000, 'write at most 1,000 characters')
  .meta({
    id: 'Selector',
    description: 'Series of a page of metrics, as PromQL selects them: a name, and what labels have to say.',
    examples: ['jobs_completed_total', 'http_requests_total{code=~"5.."}'],
  });

const selector = selectorText.transform((text, context): Selector => {
  const parsed = parseSelector(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.error, params: { kind: 'Selector' } });
  return z.NEVER;
});

/** Several are added up. */
const selectors = z
  .union([selector.transform((one) => [one]), z.array(selector).min(1, 'write at least one metric')])
  .transform((all): readonly Selector[] => all);

const query = z
  .string('write a query of PromQL as text')
  .min(1, 'write a query of PromQL')
  .max(4_000, 'write at most 4,000 characters');

const metricsFields = {
  /** Path of the page on each replica's PORT, in the text format of Prometheus or OpenMetrics. */
  path: urlPath.default('/metrics'),
  /**
   * Counters of what was finished, well or badly; several are added up. Left out together with `failures`: of a service with
   * traffic http_server_request_duration_seconds_count (OpenTelemetry) without the routes of its probes and of this page, of
   * one without traffic jobs_completed_total and jobs_failed_total. Written out, leave probes out by a label: they are no users.
   */
  requests: selectors.optional(),
  /** Counters of what failed, counted in `requests` too. Left out: those with http_response_status_code 5xx, or jobs_failed_total. */
  failures: selectors.optional(),
  /**
   * Histogram of how long what did not fail took, in seconds; its name without _bucket. Left out together with `requests`, and
   * with traffic: http_server_request_duration_seconds without those of 5xx.
   */
  latency: selector.optional(),
};

const prometheusFields = {
  /** Address of the Prometheus server, without a path of its API and without a password: "http://127.0.0.1:9090". */
  url: z.url({ protocol: /^https?$/, error: 'write an address that begins with http:// or https://' }),
  /**
   * Query for the total of what was finished since the program started. {service} and {revision} stand for their names;
   * totals only ever grow: no rate(), no increase(). Leave series of replicas apart where you can, they are added up here.
   */
  requests: query,
  /** Query for the total of what failed. Write `or vector(0)` behind it where no series means that nothing failed. */
  failures: query,
  /** Query for the `_bucket` series of a histogram in seconds, with their label `le`, of what did not fail. */
  latency: query.optional(),
};

/** Where the gate has its counts from. */
export const measureSchema = either(
  z.enum(['router', 'metrics']),
  z.discriminatedUnion('from', [
    object('MeasureMetrics', {
      /** Each replica tells its own counters on a page. */
      from: z.literal('metrics'),
      ...metricsFields,
    }),
    object('MeasurePrometheus', {
      /** A Prometheus server is asked that collects them already. */
      from: z.literal('prometheus'),
      ...prometheusFields,
    }),
  ]),
);
