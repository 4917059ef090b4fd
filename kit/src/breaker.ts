import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { BreakerState } from './policy-metrics.ts';

/** Opens after `failures` failed attempts in a row; lets `trials` through after `halfOpenAfter` milliseconds. */
export interface BreakerOptions {
  readonly failures?: number;
  readonly halfOpenAfter?: number;
  readonly trials?: number;
}

/** Not even tried: the last calls failed. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';
  readonly code = 'breaker_open';
}

export interface Breaker {
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  state(): BreakerState;
}

const stateNames: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'halfOpen',
  [CircuitState.Isolated]: 'open',
};

/** Lets everything through. */
export const noBreaker: Breaker = { run: (work) => work(), state: () => 'closed' };

/** Closed, open, half open. All callers of one other side share one. */
export function createBreaker(
  options: BreakerOptions & { readonly name: string; readonly counts: (reason: unknown) => boolean },
  { clock, log }: { readonly clock: Clock; readonly log: Log | undefined },
): Breaker {
  const { name, counts, failures = 5, halfOpenAfter = 30_000, trials = 1 } = options;
  let callsBegun = 0; // since it was half open last
  // An abandoned call says nothing about the other side, except that a trial has not shown it to be well.
  const isFailure = (reason: unknown): boolean =>
    reason instanceof Abandoned ? circuit.state === CircuitState.HalfOpen : counts(reason);
  const circuit = circuitBreaker(handleWhen(isFailure), {
    breaker: new ConsecutiveBreaker(failures),
    halfOpenAfter: waitByClock(clock, halfOpenAfter),
    halfOpenSampling: { calls: trials, threshold: 0 },
  });
  circuit.onHalfOpen(() => (callsBegun = 0));
  circuit.onBreak((cause) => {
    const reason = 'error' in cause ? cause.error : undefined;
    log?.warning('circuit breaker opened', { policy: name, reason });
  });
  circuit.onReset(() => log?.info('circuit breaker closed', { policy: name }));
  const refusal = () =>
    new BreakerOpenError(`${name}: not tried, the last calls failed; next trial within ${halfOpenAfter} ms`);

  return {
    state: () => stateNames[circuit.state],
    async run(work, signal) {
      // The library would let further callers wait for the trials; they are refused at once instead.
      if (circuit.state === CircuitState.HalfOpen && callsBegun >= trials) throw refusal();
      try {
        return await circuit.execute(() => {
          callsBegun += 1;
          return work().catch((reason: unknown) => {
            throw signal.aborted ? new Abandoned(reason) : reason;
          });
        });
      } catch (reason) {
        if (reason instanceof BrokenCircuitError) throw refusal();
        throw reason instanceof Abandoned ? reason.reason : reason;
      }
    },
  };
}

class Abandoned extends Error {
  readonly reason: unknown;
  constructor(reason: unknown) {
    super('the caller gave up');
    this.reason = reason;
  }
}

/** The library compares this with the system's time since opening; what it gets says by our clock: yet or not. */
function waitByClock(clock: Clock, wait: number) {
  const next = (): IBackoff<unknown> => {
    const openedAt = clock.now();
    return {
      next,
      get duration() {
        return clock.now() - openedAt < wait ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
      },
    };
  };
  return { next };
}
