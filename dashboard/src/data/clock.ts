import { useSyncExternalStore } from 'react';

/** Time in this page. The control plane's clock counts: a phone's may be minutes off. */

let ahead = 0;

/** The control plane's time as far as it is known, in milliseconds since 1970. */
export const now = (): number => Date.now() + ahead;

/** Takes the `Date` of an answer, which has whole seconds: smaller differences are not worth a correction. */
export function learnTime(date: string | null): void {
  const at = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(at)) return;
  const difference = at - Date.now();
  ahead = Math.abs(difference) < 2_500 ? 0 : difference;
}

/** Calls back once; the answer takes it back. */
export function later(millis: number, run: () => void): () => void {
  const timer = window.setTimeout(run, millis);
  return () => window.clearTimeout(timer);
}

export function every(millis: number, run: () => void): () => void {
  const timer = window.setInterval(run, millis);
  return () => window.clearInterval(timer);
}

/**
 * Calls `hidden` once the page has not been seen for so many milliseconds, and `seen` when it is seen again. Answers what
 * ends it.
 */
export function watchSight(millis: number, hidden: () => void, seen: () => void): () => void {
  let wait = () => {};
  const look = () => {
    wait();
    if (document.hidden) wait = later(millis, hidden);
    else seen();
  };
  document.addEventListener('visibilitychange', look);
  if (document.hidden) look();
  return () => {
    wait();
    document.removeEventListener('visibilitychange', look);
  };
}

const second = { listeners: new Set<() => void>(), at: 0, stop: () => {} };

function subscribe(listener: () => void): () => void {
  if (second.listeners.size === 0) {
    second.at = now();
    second.stop = every(1_000, () => {
      second.at = now();
      for (const each of second.listeners) each();
    });
  }
  second.listeners.add(listener);
  return () => {
    second.listeners.delete(listener);
    if (second.listeners.size === 0) second.stop();
  };
}

/** The time, rounded down to steps of so many milliseconds: the component is drawn again when a step ends. */
export function useNow(step = 1_000): number {
  return useSyncExternalStore(subscribe, () => {
    const at = second.listeners.size === 0 ? now() : second.at;
    return Math.floor(at / step) * step;
  });
}
