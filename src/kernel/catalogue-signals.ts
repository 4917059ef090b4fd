import type { CatalogueEntry } from './catalogue-entry.ts';

/** What can go wrong where the gate's counts are read from programs or from Prometheus. Until it is mended, nothing is measured. */
export const signalEntries = {
  measure_too_large: {
    sentence: '{url} answers more than {limit:bytes}.',
    hint: 'Offer fewer series on that page, or a query that gives one number.',
    status: 502,
    exit: 1,
  },
  measure_too_late: {
    sentence: '{url} did not answer within {waited:duration}.',
    hint: 'Nothing needs to be done: it is asked again, and the last counts stand. Look at the load when it stays.',
    status: 504,
    exit: 1,
  },
  measure_unreachable: {
    sentence: '{url} cannot be reached: {reason}.',
    hint: 'Check the address and whether its program runs; it is asked again.',
    status: 502,
    exit: 1,
  },
  metrics_counter_absent: {
    sentence: 'The page counts requests, but knows no {counter}.',
    hint: 'Correct the name in "measure", or declare the metric when the program starts.',
    status: 422,
    exit: 2,
  },
  metrics_label_absent: {
    sentence: 'No series of {counter} has the label {label}.',
    hint: 'Correct the label in "measure": a series is chosen by labels that the program writes.',
    status: 422,
    exit: 2,
  },
  metrics_refused: {
    sentence: '{url} answered {status}.',
    hint: 'A page of metrics answers 200, without sending elsewhere; check its path in "measure".',
    status: 502,
    exit: 1,
  },
  metrics_unreadable: {
    sentence: 'Line {line} of the page of metrics cannot be read: {reason}.',
    hint: 'The page must be in the text format of Prometheus (0.0.4) or OpenMetrics.',
    status: 502,
    exit: 1,
  },
  metrics_value_unfit: {
    sentence: 'A counter[, {counter},] tells {value}, which is no total.',
    hint: 'Name a counter: a number from 0 on that only grows.',
    status: 422,
    exit: 2,
  },
  prometheus_nothing: {
    sentence: 'There are requests, but the query {query} has no result.',
    hint: 'Write "or vector(0)" behind it if no series means that nothing failed.',
    status: 422,
    exit: 2,
  },
  prometheus_refused: {
    sentence: 'Prometheus at {url} answered {status}[: {reason}].',
    hint: 'Try the query in its own page; the address is that of the server, without a path of its API.',
    status: 502,
    exit: 1,
  },
  prometheus_unreadable: {
    sentence: 'What {url} answers is no result of a query: {reason}.',
    hint: 'Check the address, and that each query gives totals and no ranges.',
    status: 502,
    exit: 1,
  },
} as const satisfies Record<string, CatalogueEntry>;
