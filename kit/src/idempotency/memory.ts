import { type Clock, systemClock } from '../clock.ts';
import type { IdempotencyStore, KeptAnswer } from '../idempotency.ts';

interface Entry {
  readonly print: string;
  readonly holder: string;
  readonly answer: KeptAnswer | null;
  readonly until: number;
}

/** For one process only; gone with it. At most `mostKeys`, beyond that the oldest is forgotten. */
export function memoryStore({
  clock = systemClock,
  mostKeys = 10_000,
}: {
  readonly clock?: Clock;
  readonly mostKeys?: number;
} = {}): IdempotencyStore {
  const entries = new Map<string, Entry>();
  const found = (key: string) => {
    const entry = entries.get(key);
    return entry === undefined || entry.until <= clock.now() ? null : entry;
  };
  const put = (key: string, entry: Entry) => {
    entries.delete(key);
    const [oldest] = entries.keys();
    if (entries.size >= mostKeys && oldest !== undefined) entries.delete(oldest);
    entries.set(key, entry);
  };

  return {
    claim(key, { holder, print, lease }) {
      const entry = found(key);
      if (entry === null) {
        put(key, { print, holder, answer: null, until: clock.now() + lease });
        return Promise.resolve({ state: 'claimed' });
      }
      return Promise.resolve(
        entry.answer === null
          ? { state: 'running', print: entry.print }
          : { state: 'done', print: entry.print, answer: entry.answer },
      );
    },

    finish(key, holder, { answer, keep }) {
      const entry = found(key);
      if (entry?.holder !== holder || entry.answer !== null) return Promise.resolve(false);
      put(key, { ...entry, answer, until: clock.now() + keep });
      return Promise.resolve(true);
    },

    release(key, holder) {
      const entry = found(key);
      if (entry?.holder === holder && entry.answer === null) entries.delete(key);
      return Promise.resolve();
    },
  };
}
