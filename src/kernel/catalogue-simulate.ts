import type { CatalogueEntry } from './catalogue-entry.ts';

/** What `fairway simulate` asks for. */
export const simulateEntries = {
  traffic_undeclared: {
    sentence: 'The environment {environment} does not say how much traffic it expects.',
    hint: 'Declare release.gate.expected.requestsPerSecond, or write it: fairway simulate gate --rate 50.',
    status: 422,
    exit: 2,
  },
  steps_undeclared: {
    sentence: 'No service of {environment} that answers requests is released in steps.',
    hint: 'Declare a canary, or write a step: fairway simulate gate --weight 10% --hold 30m.',
    status: 422,
    exit: 2,
  },
  latencies_reversed: {
    sentence: 'The 95th percentile ({p95Millis} ms) is not above the median ({medianMillis} ms).',
    hint: 'Write --median 80ms --p95 250ms.',
    status: 422,
    exit: 2,
  },
} as const satisfies Record<string, CatalogueEntry>;
