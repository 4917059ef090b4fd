import { expendable } from '#core/recovery';
import type { BackupPolicy, StoreSpec } from '#core/system';
import { days, type Instant, millis, ok, type Result } from '#kernel';
import { own, type Tools } from './tools.ts';

/** Where nothing says how long copies of Fairway's own are kept. */
const usually = { every: days(1), keep: days(14) };

/** What Fairway itself keeps is copied with every store, and kept as long as the longest kept copy of any. */
export function ownPolicy(stores: readonly StoreSpec[]): BackupPolicy {
  const policies = stores.flatMap(({ backup }) => backup ?? []);
  const fulls = policies.flatMap(({ full }) => full ?? []);
  const longTerms = policies.flatMap(({ longTerm }) => longTerm ?? []);
  const keepings = (all: typeof fulls) => ({
    every: millis(Math.min(...all.map(({ every }) => every))),
    keep: millis(Math.max(...all.map(({ keep }) => keep))),
  });
  return {
    full: fulls.length > 0 ? keepings(fulls) : usually,
    longTerm: longTerms.length > 0 ? keepings(longTerms) : null,
    logEvery: null,
    pointInTime: null,
    to: null,
  };
}

/** The policy of a store, or of Fairway's own; null: no copies are declared. */
export function policyOf({ site }: Tools, of: string): BackupPolicy | null {
  if (of === own) return ownPolicy(site.environment.stores);
  return site.environment.stores.find(({ name }) => name === of)?.backup ?? null;
}

/**
 * Deletes what the policies let go, the log behind the copies, and what unfinished copies left. Something that is no longer declared
 * keeps all it has. Failures: those of the repository.
 */
export async function letGo(tools: Tools, signal: AbortSignal): Promise<Result<null>> {
  const { site, catalogue } = tools;
  const copies = await catalogue.copies(signal);
  if (!copies.ok) return copies;
  const pins = (await site.serving?.())?.pins ?? [];
  for (const of of [...site.environment.stores.map(({ name }) => name), own]) {
    const mine = copies.value.filter((copy) => copy.of === of);
    const done = mine.length === 0 ? ok(null) : await letGoOf(tools, of, mine, pins, signal);
    if (!done.ok) return done;
  }
  const swept = await catalogue.sweep(signal);
  return swept.ok ? ok(null) : swept;
}

async function letGoOf(
  tools: Tools,
  of: string,
  copies: Parameters<typeof expendable>[0]['copies'],
  releasePins: readonly Instant[],
  signal: AbortSignal,
): Promise<Result<null>> {
  const { site, catalogue } = tools;
  const policy = policyOf(tools, of);
  if (policy === null) return ok(null);
  // Holds are read last: one that was set a moment ago counts.
  const log = await catalogue.log(of, signal);
  if (!log.ok) return log;
  const holds = await catalogue.holds.list(signal);
  if (!holds.ok) return holds;
  const now = site.clock.now();
  const going = expendable({
    of,
    policy,
    copies,
    log: log.value,
    holds: holds.value,
    releasePins,
    now,
  });
  if (going.copies.length + going.log.length === 0) return ok(null);
  for (const copy of going.copies) {
    const removed = await catalogue.removeCopy(copy, signal);
    if (!removed.ok) return removed;
  }
  for (const piece of going.log) {
    const removed = await catalogue.removePiece(piece, signal);
    if (!removed.ok) return removed;
  }
  const gone = { of, copies: going.copies.map(({ id }) => id), pieces: going.log.length };
  return tools.evidence.tell('recovery.removed', gone);
}
