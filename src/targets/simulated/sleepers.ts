/** Somebody who waits for a moment. */
export interface Sleeper {
  readonly moment: Moment;
  readonly wake: () => void;
  gone: boolean;
}

/** A point in time and who wakes then, in the order in which they lay down. */
interface Moment {
  readonly at: number;
  readonly sleepers: Sleeper[];
  left: number;
  /** Where it stands in the heap. */
  place: number;
}

/** Sleepers by the moment they wake. Everything but waking costs O(log n) of the moments that somebody waits for. */
export interface Sleepers {
  readonly size: () => number;
  /** The first moment that somebody waits for. */
  readonly nextAt: () => number | undefined;
  readonly add: (at: number, wake: () => void) => Sleeper;
  readonly remove: (sleeper: Sleeper) => void;
  /** Wakes everybody of the first moment. */
  readonly wakeNext: () => void;
}

/** A binary heap of moments. Many sleep to the same one, so that the heap is far smaller than the number of sleepers. */
export function createSleepers(): Sleepers {
  const heap: Moment[] = [];
  const moments = new Map<number, Moment>();
  let size = 0;

  function momentAt(at: number): Moment {
    const known = moments.get(at);
    if (known !== undefined) return known;
    const moment: Moment = { at, sleepers: [], left: 0, place: heap.length };
    moments.set(at, moment);
    rise(heap, moment, heap.length);
    return moment;
  }

  function drop(moment: Moment): void {
    moments.delete(moment.at);
    const last = heap.pop();
    if (last === undefined || last === moment) return;
    sink(heap, last, moment.place);
    if (last.place === moment.place) rise(heap, last, last.place);
  }

  return {
    size: () => size,
    nextAt: () => heap[0]?.at,
    add(at, wake) {
      const moment = momentAt(at);
      const sleeper = { moment, wake, gone: false };
      moment.sleepers.push(sleeper);
      moment.left += 1;
      size += 1;
      return sleeper;
    },
    remove(sleeper) {
      if (sleeper.gone) return;
      sleeper.gone = true;
      size -= 1;
      sleeper.moment.left -= 1;
      if (sleeper.moment.left === 0) drop(sleeper.moment);
    },
    wakeNext() {
      const [moment] = heap;
      if (moment === undefined) return;
      drop(moment);
      size -= moment.left;
      for (const sleeper of moment.sleepers) {
        if (sleeper.gone) continue;
        sleeper.gone = true;
        sleeper.wake();
      }
    },
  };
}

function rise(heap: Moment[], moment: Moment, from: number): void {
  let place = from;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || parent.at <= moment.at) break;
    put(heap, parent, place);
    place = above;
  }
  put(heap, moment, place);
}

function sink(heap: Moment[], moment: Moment, from: number): void {
  let place = from;
  for (;;) {
    const left = 2 * place + 1;
    let below = heap[left];
    if (below === undefined) break;
    const right = heap[left + 1];
    if (right !== undefined && right.at < below.at) below = right;
    if (moment.at <= below.at) break;
    const next = below.place;
    put(heap, below, place);
    place = next;
  }
  put(heap, moment, place);
}

function put(heap: Moment[], moment: Moment, place: number): void {
  heap[place] = moment;
  moment.place = place;
}
