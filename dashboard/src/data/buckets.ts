import type { Field, Role, TrafficStore } from './traffic-store.ts';

/** Of one place in a store, what a line shows: added up over a time as `above / below`. NaN adds nothing. */
export interface Measure {
  readonly above: (store: TrafficStore, place: number) => number;
  readonly below: (store: TrafficStore, place: number) => number;
}

/** The mean of a field. */
export const meanOf = (service: string, role: Role, field: Field): Measure => ({
  above: (store, place) => store.valueAt(service, role, field, place),
  below: () => 1,
});

/** Failures of all requests, 0 to 1. */
export const failureShareOf = (service: string, role: Role): Measure => ({
  above: (store, place) => store.valueAt(service, role, 'failed', place),
  below: (store, place) => store.valueAt(service, role, 'rate', place),
});

export const gateOf = (what: 'harm' | 'proof', rollout: number): Measure => ({
  above: (store, place) => {
    const gate = store.gateAt(place);
    return gate.rollout === rollout ? gate[what] : Number.NaN;
  },
  below: () => 1,
});

/** One point for each pixel or so, kept up to date in place. */
export interface Buckets {
  /** Begins of the buckets, in seconds since 1970; then a column for each measure, NaN as null. */
  readonly columns: readonly [number[], ...(number | null)[][]];
  /** Takes in what is new; true: something changed. */
  readonly update: () => boolean;
}

/**
 * Puts `count` points over the last `span` milliseconds. A bucket begins at a whole multiple of its width, so a point does
 * not change once its time is over: an update computes the last one or two.
 */
export function createBuckets(
  store: TrafficStore,
  measures: readonly Measure[],
  span: number,
  count: number,
): Buckets {
  const width = Math.max(250, Math.ceil(span / count / 250) * 250);
  const times: number[] = [];
  const values: (number | null)[][] = measures.map(() => []);
  let taken = -1;

  const compute = (at: number) => {
    const begin = (times[at] ?? 0) * 1_000;
    const until = begin + width;
    const [, end] = store.bounds();
    const from = store.placeOf(begin);
    measures.forEach(({ above, below }, line) => {
      let over = 0;
      let under = 0;
      for (let place = from; place < end; place += 1) {
        const ends = store.timeAt(place);
        const begins = ends - store.spanAt(place);
        if (begins >= until) break;
        const part = above(store, place);
        const overlap = Math.min(ends, until) - Math.max(begins, begin);
        if (Number.isNaN(part) || overlap <= 0) continue;
        over += part * overlap;
        under += below(store, place) * overlap;
      }
      const column = values[line];
      if (column !== undefined) column[at] = under > 0 ? over / under : null;
    });
  };

  /** Adds what buckets are missing up to a time, and takes away what is older than the span. */
  const stretch = (oldest: number, newest: number) => {
    const last = times.at(-1);
    let next = last === undefined ? oldest : Math.max(oldest, Math.round((last * 1_000) / width) + 1);
    for (; next <= newest; next += 1) {
      times.push((next * width) / 1_000);
      for (const column of values) column.push(null);
    }
    const surplus = times.findIndex((at) => at * 1_000 >= oldest * width);
    if (surplus > 0) for (const column of [times, ...values]) column.splice(0, surplus);
  };

  return {
    columns: [times, ...values],
    update: () => {
      const [first, end] = store.bounds();
      if (end === first || end === taken) return false;
      const now = store.timeAt(end - 1);
      const fresh = Math.max(first, taken);
      const changedFrom = store.timeAt(fresh) - store.spanAt(fresh);
      taken = end;
      stretch(Math.floor(Math.max(store.timeAt(first), now - span) / width), Math.ceil(now / width) - 1);
      for (let at = times.length - 1; at >= 0 && (times[at] ?? 0) * 1_000 + width > changedFrom; at -= 1)
        compute(at);
      return true;
    },
  };
}
