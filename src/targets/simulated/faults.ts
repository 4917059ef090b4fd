import { type Clock, type Millis, millis, type Random } from '#kernel';
import type { EffectContext } from '#ports';
import { happens } from './draws.ts';

/** What the world does to everybody, until it is healed. Shares between 0 and 1, mean times in milliseconds. */
export interface Faults {
  /** Effects that are refused with `target_busy`, undone. */
  readonly busy: number;
  /** Effects that do not begin until their deadline, or until the world is healed. */
  readonly hang: number;
  /** Effects that take very long. */
  readonly slow: number;
  /** Effects that are done while the answer is lost: it never comes, or says `target_busy`. */
  readonly lostAnswer: number;
  /** Effects that are asked for a second time, up to a minute later, by the wire itself. */
  readonly duplicate: number;
  /** Tables that take seconds to be acknowledged, and tables that are not at all. */
  readonly routeLate: number;
  readonly routeNever: number;
  /** The router ends and begins anew with empty counters. */
  readonly routerRestartEvery: number | null;
  /** Replicas that do not get ready for reasons of the machine. */
  readonly stuckStart: number;
  /** Each ready replica is ended every so often. */
  readonly crashEvery: number | null;
  /** Runs of checks that measure nothing, or say red without reason. */
  readonly checkFlake: number;
  /** Runs of jobs that end half-way, and runs that find the lock of the job held. */
  readonly jobCrash: number;
  readonly jobLocked: number;
}

export const noFaults: Faults = {
  busy: 0,
  hang: 0,
  slow: 0,
  lostAnswer: 0,
  duplicate: 0,
  routeLate: 0,
  routeNever: 0,
  routerRestartEvery: null,
  stuckStart: 0,
  crashEvery: null,
  checkFlake: 0,
  jobCrash: 0,
  jobLocked: 0,
};

/** Who waits for the world to be healed. */
export interface Infirmary {
  /** Until the world is healed, the signal is aborted, or `atMost` has passed. */
  wait(clock: Clock, atMost: Millis, signal: AbortSignal): Promise<void>;
  heal(): void;
}

export function createInfirmary(): Infirmary {
  const waiting = new Set<AbortController>();
  return {
    async wait(clock, atMost, signal) {
      const mine = new AbortController();
      const leave = () => mine.abort('left');
      waiting.add(mine);
      signal.addEventListener('abort', leave, { once: true });
      if (!signal.aborted) await clock.sleep(atMost, mine.signal);
      signal.removeEventListener('abort', leave);
      waiting.delete(mine);
    },
    heal() {
      for (const each of waiting) each.abort('healed');
    },
  };
}

/** What chance has in store for one effect. */
export interface Fate {
  readonly begins: 'normally' | 'refused' | 'hanging';
  readonly slow: boolean;
  readonly answer: 'normal' | 'never' | 'refused';
  readonly again: boolean;
}

const noFate: Fate = { begins: 'normally', slow: false, answer: 'normal', again: false };

export function fateOf(random: Random, faults: Faults): Fate {
  if (faults === noFaults) return noFate;
  const refused = happens(random, faults.busy);
  const hanging = happens(random, faults.hang);
  const lost = happens(random, faults.lostAnswer);
  return {
    begins: refused ? 'refused' : hanging ? 'hanging' : 'normally',
    slow: happens(random, faults.slow),
    answer: !lost ? 'normal' : random() < 0.5 ? 'never' : 'refused',
    again: happens(random, faults.duplicate),
  };
}

/** What is left of an effect's time, at least 0. */
export const timeLeft = (clock: Clock, context: EffectContext): Millis =>
  millis(Math.max(0, context.deadline - clock.now()));
