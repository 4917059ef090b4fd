import type { Counters, Selector } from '#core/system';
import { fail, ok, type Result } from '#kernel';
import { keyOf, numberOf, type Page, type Sample } from './exposition.ts';
import { labelsNeeded, matching } from './select.ts';

/** What one source told at one moment: each series of a counter with its total. */
export interface Sheet {
  readonly requests: Series;
  readonly failures: Series;
  /** Per set of labels the cumulative buckets of a histogram, by upper bound in seconds. */
  readonly latency: Readonly<Record<string, readonly Bucket[]>>;
  /** When the program says it began; null where it does not. A counter that began anew shows by it at once. */
  readonly began: number | null;
}
export type Series = Readonly<Record<string, number>>;
export interface Bucket {
  readonly le: number;
  readonly total: number;
}

const beginning = 'process_start_time_seconds';
const bucketsOf = ({ name, matchers }: Selector): Selector => ({ name: `${name}_bucket`, matchers });

/** Names of samples that a page is read for. */
export function namesOf({ requests, failures, latency }: Counters): ReadonlySet<string> {
  const histogram = latency === null ? [] : [bucketsOf(latency).name];
  return new Set([...[...requests, ...failures].map(({ name }) => name), ...histogram, beginning]);
}

/**
 * Picks the declared counters from a page. A page without requests yet is a good one; a page that counts requests and does
 * not know what is declared for failures is not: nothing would ever fail on it.
 * Failures: `metrics_counter_absent` (facts: counter), `metrics_label_absent` (facts: counter, label), `metrics_value_unfit`
 * (facts: counter, value).
 */
export function sheetOf(page: Page, counters: Counters): Result<Sheet> {
  const requests = totals(page.samples, counters.requests);
  if (!requests.ok) return requests;
  const failures = totals(page.samples, counters.failures);
  if (!failures.ok) return failures;
  const histogram = counters.latency === null ? [] : [bucketsOf(counters.latency)];
  const counted = Object.values(requests.value).some((total) => total > 0);
  for (const selector of counted ? [...counters.failures, ...histogram] : []) {
    if (!page.known.has(selector.name)) return fail('metrics_counter_absent', { counter: selector.name });
    const label = absentLabel(page.samples, selector);
    if (label !== null) return fail('metrics_label_absent', { counter: selector.name, label });
  }
  const latency = histogramOf(page.samples.filter(anyOf(histogram)));
  if (!latency.ok) return latency;
  const began = page.samples.find(({ name }) => name === beginning)?.value ?? null;
  return ok({ requests: requests.value, failures: failures.value, latency: latency.value, began });
}

const anyOf = (selectors: readonly Selector[]) => {
  const tests = selectors.map(matching);
  return (sample: Sample) => tests.some((test) => test(sample));
};

/** Totals of the series that are meant, each once. */
function totals(samples: readonly Sample[], selectors: readonly Selector[]): Result<Series> {
  const found: Record<string, number> = {};
  for (const sample of samples.filter(anyOf(selectors))) {
    if (!isTotal(sample.value))
      return fail('metrics_value_unfit', { counter: sample.name, value: String(sample.value) });
    found[keyOf(sample)] = sample.value;
  }
  return ok(found);
}

/** Negative, infinite and missing numbers are no totals. Beyond 2^53 a total no longer shows a single request. */
export const isTotal = (value: number) => value >= 0 && value <= Number.MAX_SAFE_INTEGER;

/** A label the selector needs and no series of that name has: it was misspelt, or is called otherwise there. */
function absentLabel(samples: readonly Sample[], selector: Selector): string | null {
  const named = samples.filter(({ name }) => name === selector.name);
  const absent = (label: string) => !named.some(({ labels }) => Object.hasOwn(labels, label));
  return named.length === 0 ? null : (labelsNeeded(selector).find(absent) ?? null);
}

/**
 * The `_bucket` series of a histogram, those that differ in `le` alone together and in order.
 * Failures: `metrics_value_unfit` (facts: counter, value).
 */
export function histogramOf(samples: readonly Sample[]): Result<Sheet['latency']> {
  const groups: Record<string, Bucket[]> = {};
  for (const { name, labels, value } of samples) {
    const { le = '', ...others } = labels;
    const bound = numberOf(le);
    if (bound === null || Number.isNaN(bound))
      return fail('metrics_value_unfit', { counter: name, value: `le="${le}"` });
    if (!isTotal(value)) return fail('metrics_value_unfit', { counter: name, value: String(value) });
    (groups[keyOf({ name, labels: others })] ??= []).push({ le: bound, total: value });
  }
  for (const group of Object.values(groups)) group.sort((a, b) => a.le - b.le);
  return ok(groups);
}
