import type { Measure } from '#core/system';
import { fail, ok, type Result } from '#kernel';
import { ask, type AskLimits } from './ask.ts';
import { keyOf, numberOf, type Sample } from './exposition.ts';
import { histogramOf, isTotal, type Series, type Sheet } from './sheet.ts';

type OfPrometheus = Extract<Measure, { readonly from: 'prometheus' }>;

/**
 * Asks a Prometheus server for the totals of one revision by instant queries, all at once. No requests at all is a good
 * answer, as of a revision that has only just begun. See https://prometheus.io/docs/prometheus/latest/querying/api/.
 * Failures: those of `ask`; `prometheus_refused` (facts: url, status, reason), `prometheus_unreadable` (facts: url, reason),
 * `prometheus_nothing` (facts: query), `metrics_value_unfit`.
 */
export async function queryPrometheus(
  measure: OfPrometheus,
  names: { readonly service: string; readonly revision: string },
  limits: AskLimits,
): Promise<Result<Sheet>> {
  const run = (query: string) => instantQuery(measure.url, filled(query, names), limits);
  const [requests, failures, latency] = await Promise.all([
    run(measure.requests),
    run(measure.failures),
    measure.latency === null ? ok([]) : run(measure.latency),
  ]);
  if (!requests.ok) return requests;
  if (!failures.ok) return failures;
  if (!latency.ok) return latency;
  const counted = requests.value.some(({ value }) => value > 0);
  // Whether nothing has failed or the query asks for nothing that exists cannot be told apart.
  if (counted && failures.value.length === 0) return fail('prometheus_nothing', { query: measure.failures });
  if (counted && measure.latency !== null && latency.value.length === 0)
    return fail('prometheus_nothing', { query: measure.latency });
  const [all, failed, buckets] = [
    seriesOf(requests.value),
    seriesOf(failures.value),
    histogramOf(latency.value),
  ];
  if (!all.ok) return all;
  if (!failed.ok) return failed;
  if (!buckets.ok) return buckets;
  return ok({ requests: all.value, failures: failed.value, latency: buckets.value, began: null });
}

/** Puts names into a query as parts of quoted texts. */
export function filled(
  query: string,
  names: { readonly service: string; readonly revision: string },
): string {
  return query.replace(/\{(service|revision)\}/g, (_, which: 'service' | 'revision') =>
    escaped(names[which]),
  );
}

/**
 * A text as part of a string of PromQL, which follows Go: whatever is not plain is written by its number, so that it fits
 * between double and single quotes alike.
 */
export function escaped(text: string): string {
  return text.replace(/[^\w .:/@-]/gu, (letter) => {
    const number = letter.codePointAt(0) ?? 0;
    return `\\U${number.toString(16).padStart(8, '0')}`;
  });
}

async function instantQuery(
  url: string,
  query: string,
  limits: AskLimits,
): Promise<Result<readonly Sample[]>> {
  const endpoint = `${url.replace(/\/+$/, '')}/api/v1/query`;
  const form = { query, timeout: `${Math.ceil(limits.atMost)}ms` };
  const answer = await ask({ url: endpoint, method: 'POST', accept: 'application/json', form }, limits);
  if (!answer.ok) return answer;
  const { status, text } = answer.value;
  const document = parsed(text);
  if (status !== 200 || document?.['status'] !== 'success') {
    const reason = document?.['error'];
    return status === 200 && document === null
      ? fail('prometheus_unreadable', { url, reason: 'it answers no JSON' })
      : fail('prometheus_refused', {
          url,
          status,
          reason: typeof reason === 'string' ? reason.slice(0, 300) : null,
        });
  }
  return samplesOf(document['data'], url);
}

type Data = Readonly<Record<string, unknown>>;
const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): Data | null {
  try {
    const value: unknown = JSON.parse(text);
    return isData(value) ? value : null;
  } catch {
    return null;
  }
}

const mostSeries = 20_000;

/** The samples of a vector, or of a single number. */
function samplesOf(data: unknown, url: string): Result<readonly Sample[]> {
  const unreadable = (reason: string) => fail('prometheus_unreadable', { url, reason });
  if (!isData(data)) return unreadable('it answers without data');
  const { resultType, result } = data;
  if (!Array.isArray(result)) return unreadable('it answers without a result');
  if (resultType === 'scalar') return vectorOf([{ metric: {}, value: result as unknown }], url);
  if (resultType !== 'vector') return unreadable(`a total is no ${String(resultType)}`);
  if (result.length > mostSeries) return unreadable(`it answers more than ${mostSeries} series`);
  return vectorOf(result, url);
}

function vectorOf(result: readonly unknown[], url: string): Result<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const each of result) {
    const { metric, value } = isData(each) ? each : { metric: null, value: null };
    const text: unknown = Array.isArray(value) ? value[1] : null;
    const number = typeof text === 'string' ? numberOf(text) : null;
    if (!isData(metric) || number === null)
      return fail('prometheus_unreadable', { url, reason: 'a series has no number' });
    const { __name__: name, ...labels } = metric as Readonly<Record<string, string>>;
    samples.push({ name: name ?? '', labels, value: number });
  }
  return ok(samples);
}

function seriesOf(samples: readonly Sample[]): Result<Series> {
  const unfit = samples.find(({ value }) => !isTotal(value));
  if (unfit !== undefined)
    return fail('metrics_value_unfit', { counter: unfit.name, value: String(unfit.value) });
  return ok(Object.fromEntries(samples.map((sample) => [keyOf(sample), sample.value])));
}
