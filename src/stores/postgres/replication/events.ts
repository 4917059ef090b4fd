import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Facts } from '#kernel';
import type { StoreEvent } from '../../contract.ts';

/** Tells what happened to a store: to whoever listens, and in the store's own log. */
export type Tell = (name: StoreEvent['event'], facts?: Facts) => Promise<void>;

/**
 * The line in the log comes first, so that it is there whatever a listener does. A full disk loses the line, never the
 * work it tells of.
 */
export function teller(
  folder: string,
  store: string,
  clock: Clock,
  listen: (event: StoreEvent) => void = () => {},
): Tell {
  return async (event, facts = {}) => {
    const at = clock.now();
    await appendFile(join(folder, 'server.log'), `${lineOf(at, event, facts)}\n`).catch(() => {});
    listen({ at, store, event, facts });
  };
}

/** In the form of Postgres' own lines, between which it stands. */
function lineOf(at: number, event: string, facts: Facts): string {
  const time = new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC');
  const words = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [`${time} [fairway] ${event}`, ...words].join(' ');
}
