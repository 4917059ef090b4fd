import { err, fail, formatDuration, type Millis, millis, type Result } from '#kernel';
import type { Ledger } from './ledger.ts';
import { isBusy } from './problems.ts';
import type { Session } from './session.ts';
import type { Ask, World } from './world.ts';
import { whoHolds } from './who-holds.ts';

/** What the work on one file needs. */
export interface Desk {
  readonly ask: Ask;
  readonly session: Session;
  readonly ledger: Ledger;
  readonly world: World;
  /** Time of this attempt and of those before it. */
  readonly took: (spent: number) => Millis;
}

/**
 * Tries again while locks are not to be had, `ask.lockRetries` times, each time after a longer rest: in the rests everybody
 * who queued behind the waiting statement gets through. The rest doubles from 200 ms to at most 10 s, with up to half of
 * it taken away by chance, so that two who hinder each other part.
 */
export async function retrying<T>(desk: Desk, attempt: () => Promise<Result<T>>): Promise<Result<T>> {
  const { clock, random, say, stopping } = desk.world;
  for (let tried = 1; ; tried += 1) {
    const outcome = await attempt();
    if (outcome.ok || !isBusy(outcome.error)) return outcome;
    const { facts } = outcome.error;
    if (tried > desk.ask.lockRetries)
      return err({
        ...outcome.error,
        facts: { ...facts, attempts: tried, ...(await whoHolds(desk.session.query)) },
      });
    if (stopping.aborted) return fail('migration_stopped', { file: facts['file'] ?? null });
    const rest = millis(Math.min(10_000, 200 * 2 ** (tried - 1)) * (1 - random() / 2));
    say({
      message: `${String(facts['file'])}:${String(facts['line'])} got no lock (${String(facts['state'])}); attempt ${tried + 1} in ${formatDuration(rest)}.`,
    });
    await clock.sleep(rest, stopping);
  }
}
