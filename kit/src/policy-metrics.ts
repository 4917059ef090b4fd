import type { Metrics } from './metrics.ts';
import { oncePer } from './once.ts';

export type BreakerState = 'closed' | 'open' | 'halfOpen';

export interface PolicyMetrics {
  retried(policy: string): void;
  timedOut(policy: string): void;
  refused(policy: string): void;
  /** From now on the state of this breaker is among the metrics. */
  watch(policy: string, state: () => BreakerState): void;
}

const states = ['closed', 'halfOpen', 'open'] as const satisfies BreakerState[];

/** The families that all policies of one service share: a name can be registered once only. */
export const policyMetrics = oncePer((metrics: Metrics): PolicyMetrics => {
  const retries = metrics.counter('resilience_retries_total', 'Attempts after the first.', ['policy']);
  const timeouts = metrics.counter('resilience_timeouts_total', 'Attempts given up for time.', ['policy']);
  const refusals = metrics.counter('resilience_refusals_total', 'Calls refused by a breaker.', ['policy']);
  const watched = new Map<string, () => BreakerState>();
  metrics.gauge('resilience_breaker_state', '1 for the state that the breaker is in.', () =>
    [...watched].flatMap(([policy, state]) =>
      states.map((each) => ({ labels: { policy, state: each }, value: state() === each ? 1 : 0 })),
    ),
  );
  return {
    retried: (policy) => retries({ policy }),
    timedOut: (policy) => timeouts({ policy }),
    refused: (policy) => refusals({ policy }),
    watch: (policy, state) => void watched.set(policy, state),
  };
});
