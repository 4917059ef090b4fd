import { useSyncExternalStore } from 'react';
import { later, now } from './clock.ts';

/** Streams say every five seconds that they are alive: one that was silent for so long (ms) is dead. */
const silentFor = 16_000;

/** How long the question whether somebody is there may take, in milliseconds. */
const thereWithin = 5_000;

/** Whether the control plane answers. While it does not, it is asked again, at first soon, then every ten seconds. */

interface Connection {
  /** Since when nobody answers; null: it answers. */
  readonly awaySince: number | null;
}

let state: Connection = { awaySince: null };
let pause = 1_000;
let stopAsking = () => {};
const watchers = new Set<() => void>();
const returns = new Set<() => void>();

function change(next: Connection): void {
  state = next;
  for (const each of watchers) each();
}

/** Somebody has not got an answer. */
export function unreachable(): void {
  if (state.awaySince !== null) return;
  pause = 1_000;
  change({ awaySince: now() });
  askAgain();
}

/** Somebody has got one. */
export function reached(): void {
  if (state.awaySince === null) return;
  stopAsking();
  change({ awaySince: null });
  for (const each of returns) each();
}

/** A stream has ended without a word: that may be the network, or the control plane. */
export function suspect(): void {
  if (state.awaySince === null) void ask();
}

/**
 * Calls back when a stream has been silent for too long: a connection can die without a word, where a machine on its way is
 * gone or a control plane is frozen. `alive` is called with each sign of life, the first one at the beginning.
 */
export function watchSilence(silent: () => void): { readonly alive: () => void; readonly end: () => void } {
  let end = () => {};
  return {
    alive: () => {
      end();
      end = later(silentFor, silent);
    },
    end: () => end(),
  };
}

/** Calls back each time the control plane has come back. */
export function onReturn(run: () => void): () => void {
  returns.add(run);
  return () => void returns.delete(run);
}

async function ask(): Promise<void> {
  const response = await fetch('/v1/access', {
    credentials: 'same-origin',
    signal: AbortSignal.timeout(thereWithin),
  }).catch(() => null);
  const isThere = response !== null && (response.status < 502 || response.status > 504);
  if (isThere) reached();
  else unreachable();
}

function askAgain(): void {
  stopAsking();
  stopAsking = later(pause, () => {
    pause = Math.min(10_000, pause * 1.6);
    void ask().then(() => {
      if (state.awaySince !== null) askAgain();
    });
  });
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

export const useConnection = (): Connection => useSyncExternalStore(subscribe, () => state);
