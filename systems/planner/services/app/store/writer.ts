import type { Log, Policy } from 'fairway-kit';

/** Writes in the background, so that an answer never waits for the database. */
export interface Writer {
  add(what: string, write: () => Promise<void>): void;
  /** Resolves when everything was written or given up. */
  finish(): Promise<void>;
}

/**
 * One write after the other, each with the policy's attempts. What cannot be written in the end is told and let go: an answer
 * can be computed again, and the audit log stands in the log as well.
 *
 * @param most beyond so many waiting writes a further one is let go at once
 */
export function createWriter(
  { policy, most = 1_000 }: { readonly policy: Policy; readonly most?: number },
  log: Log,
): Writer {
  let last = Promise.resolve();
  let waiting = 0;
  return {
    add(what, write) {
      if (waiting >= most) return log.warning('not stored: too much waits for the database', { what });
      waiting++;
      last = last
        .then(() => policy.run(write))
        .catch((reason: unknown) => log.warning('not stored', { what, reason }))
        .finally(() => waiting--);
    },
    finish: () => last,
  };
}
