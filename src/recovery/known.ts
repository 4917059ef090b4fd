import type { Failure, Instant } from '#kernel';
import type { Shipped } from './ship.ts';

/** What keeping has seen of one store, for whoever asks how safe it is. */
export interface StoreNews {
  /** Handed over and not yet in the repository. */
  readonly waiting: number;
  /** When such pieces were first seen waiting; null: none does. */
  readonly waitingSince: Instant | null;
  /** Why the last turn of shipping ended early; null: it did not. */
  readonly notShipped: Failure | null;
  /** Why the last beat did not arrive; null: it did. */
  readonly noPulse: Failure | null;
  /** Why the last copy was not made; null: it was, or none was tried. */
  readonly notCopied: Failure | null;
}

export interface News {
  of(store: string): StoreNews;
  shipped(store: string, turn: Shipped, now: Instant): void;
  beat(store: string, failure: Failure | null): void;
  copied(store: string, failure: Failure | null): void;
}

const nothing: StoreNews = {
  waiting: 0,
  waitingSince: null,
  notShipped: null,
  noPulse: null,
  notCopied: null,
};

export function createNews(): News {
  const all = new Map<string, StoreNews>();
  const of = (store: string) => all.get(store) ?? nothing;
  const change = (store: string, parts: Partial<StoreNews>) =>
    void all.set(store, { ...of(store), ...parts });
  return {
    of,
    shipped(store, { pieces, waiting, failure }, now) {
      const before = of(store);
      const still = waiting ?? before.waiting;
      // When the oldest went, the next oldest has waited at most since the turn before.
      const since = before.waitingSince === null || pieces > 0 ? now : before.waitingSince;
      change(store, { waiting: still, waitingSince: still === 0 ? null : since, notShipped: failure });
    },
    beat: (store, noPulse) => change(store, { noPulse }),
    copied: (store, notCopied) => change(store, { notCopied }),
  };
}
