import { useSyncExternalStore } from 'react';

/** What is read out to those who do not see the page change. */

let said = '';
const watchers = new Set<() => void>();

/** Says a sentence once: an outcome, a change of phase. Not for figures that change all the time. */
export function announce(sentence: string): void {
  // The same sentence twice is read out twice only where it differs.
  said = sentence === said ? `${sentence}\u00a0` : sentence;
  for (const each of watchers) each();
}

/** Stands once in the shell. */
export function Announcer() {
  const sentence = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    () => said,
  );
  return (
    <p className="hidden-text" role="status">
      {sentence}
    </p>
  );
}
