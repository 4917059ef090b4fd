import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { every, later } from '../../data/index.ts';
import { type FeedState, openFeed } from './feed.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import type { Entry, Wanted } from './line.ts';

/** What is shown changes at most so often: nobody reads faster, and the rest of the time is for scrolling and typing. */
const calm = { usually: 120, inAFlood: 250 };
/** Lines in a second from which on they only rush by. */
const flood = 1_000;
/** Lines that are looked at in one go while a new filter goes through what is kept. */
const portion = 5_000;

export interface Logs {
  readonly shown: readonly Entry[];
  readonly kept: number;
  readonly missing: number;
  /** Lines in the last second. */
  readonly rate: number;
  readonly state: FeedState;
  /** Whether the filter is still going through what is kept. */
  readonly isLooking: boolean;
  /** Asks anew, after it was refused. */
  readonly again: () => void;
}

interface Ask {
  readonly environment: string;
  readonly service: string | undefined;
  readonly match: string | undefined;
  readonly wanted: Wanted;
}

/** Follows the lines of an environment. Asked with other services or another text, it begins anew. */
export function useLogs({ environment, service, match, wanted }: Ask): Logs {
  const [asked, setAsked] = useState(0);
  const again = useCallback(() => setAsked((times) => times + 1), []);
  const first = useRef(wanted).current;
  const board = useMemo(() => createBoard(createKeeper(first)), [first]);
  useEffect(() => board.want(wanted), [board, wanted]);
  useEffect(() => {
    board.clear();
    return openFeed({ environment, service, match, keeper: board.keeper, changed: board.changed });
  }, [board, environment, service, match, asked]);
  useEffect(() => every(1_000, board.measure), [board]);
  return { ...useSyncExternalStore(board.watch, board.now), again };
}

/** Between the stream and React: draws what came at a calm pace. */
function createBoard(keeper: Keeper) {
  const watchers = new Set<() => void>();
  let state: FeedState = { is: 'opening' };
  let rate = 0;
  let before = 0;
  let isLooking = false;
  let isDue = false;
  let present = picture();

  function picture(): Omit<Logs, 'again'> {
    const { shown, kept, missing } = keeper;
    return { shown, kept, missing, rate, state, isLooking };
  }

  function draw(): void {
    isDue = false;
    isLooking = keeper.advance(portion);
    present = picture();
    for (const each of watchers) each();
    if (isLooking) soon(0);
  }

  const pace = () => (rate > flood ? calm.inAFlood : calm.usually);

  function soon(millis: number): void {
    if (isDue) return;
    isDue = true;
    later(millis, () => requestAnimationFrame(draw));
  }

  function clear(): void {
    keeper.clear();
    soon(0);
  }

  return {
    keeper,
    clear,
    want: (wanted: Wanted) => {
      keeper.want(wanted);
      soon(0);
    },
    changed: (next: FeedState) => {
      const isOther = next.is !== state.is;
      state = next;
      soon(isOther ? 0 : pace());
    },
    measure: () => {
      const now = keeper.came - before;
      before = keeper.came;
      if (now === rate) return;
      rate = now;
      soon(pace());
    },
    watch: (watcher: () => void) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    now: () => present,
  };
}
