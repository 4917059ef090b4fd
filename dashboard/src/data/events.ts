import { useEffect, useSyncExternalStore } from 'react';
import { lineOf, type TimelineEntry } from '#api/browser';
import { refresh } from './answers.ts';
import { call } from './call.ts';
import { later } from './clock.ts';
import { follow } from './stream.ts';

/** So many of the newest lines are kept. */
const most = 1_000;
/** What is shown is asked again at most so often, however fast the journal grows. */
const calm = 400;

interface Journal {
  readonly entries: readonly TimelineEntry[];
  readonly watchers: Set<() => void>;
  users: number;
  end: () => void;
}

const journals = new Map<string, { entries: readonly TimelineEntry[] } & Omit<Journal, 'entries'>>();
const nothing: readonly TimelineEntry[] = [];

/**
 * Follows the journal of an environment while a component is there: what was asked about it is asked again when something
 * happened. Answers the entries that came since the page was opened, oldest first.
 */
export function useEvents(environment: string): readonly TimelineEntry[] {
  useEffect(() => join(environment), [environment]);
  return useSyncExternalStore(
    (watcher) => {
      const { watchers } = journalOf(environment);
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    () => journals.get(environment)?.entries ?? nothing,
  );
}

function journalOf(environment: string) {
  const known = journals.get(environment);
  if (known !== undefined) return known;
  const made = { entries: nothing, watchers: new Set<() => void>(), users: 0, end: () => {} };
  journals.set(environment, made);
  return made;
}

function join(environment: string): () => void {
  const journal = journalOf(environment);
  journal.users += 1;
  if (journal.users === 1) journal.end = listen(environment);
  return () => {
    journal.users -= 1;
    if (journal.users > 0) return;
    journal.end();
    journals.delete(environment);
  };
}

function listen(environment: string): () => void {
  const journal = journalOf(environment);
  let stop = () => {};
  let ended = false;
  let refreshing: (() => void) | null = null;
  const soon = () => {
    refreshing ??= later(calm, () => {
      refreshing = null;
      refresh(environment);
    });
  };
  void newest(environment).then((after) => {
    if (ended) return;
    stop = follow({
      address: (last) =>
        lineOf('GET /v1/environments/{environment}/events', {
          params: { environment },
          query: { after: last ?? after },
        }).path,
      heard: (data) => {
        journal.entries = [...journal.entries, JSON.parse(data) as TimelineEntry].slice(-most);
        for (const each of journal.watchers) each();
        soon();
      },
    });
  });
  return () => {
    ended = true;
    refreshing?.();
    stop();
  };
}

/** Where the journal stands about now: from there on it is followed, what was before is asked where it is shown. */
async function newest(environment: string): Promise<number> {
  const found = await call('GET /v1/audit', { query: { environment, limit: 1 } }).catch(() => []);
  return found[0]?.sequence ?? 0;
}
