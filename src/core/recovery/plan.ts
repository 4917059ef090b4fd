import { fail, type Instant, ok, type Result, unreachable } from '#kernel';
import { type Chain, type ChainSource, chainFrom } from './chain.ts';
import { isoText } from './finding.ts';
import { logPlaceOf } from './place.ts';
import type { CopyRecord, LogRecord } from './records.ts';
import { liesBefore } from './transaction.ts';
import { pieceName } from './wal.ts';

/** To which moment; the same as `RestoreTarget` of the ports. */
export type Aim =
  | { readonly kind: 'latest' }
  | { readonly kind: 'time'; readonly at: Instant }
  | { readonly kind: 'before'; readonly transaction: string };

export interface RestoreQuestion extends Partial<Pick<ChainSource, 'histories'>> {
  /** Name of the store. */
  readonly of: string;
  /** Every copy of it that counts. */
  readonly copies: readonly CopyRecord[];
  readonly log: readonly LogRecord[];
  readonly target: Aim;
  /** Id of the copy to begin with; null: the one that fits best. */
  readonly copy: string | null;
}

export interface RestorePlan {
  readonly copy: CopyRecord;
  /** Files of the log to fetch: history files first, then the pieces in order. */
  readonly log: readonly LogRecord[];
  /** The timeline that the log is followed on; null where the kind has no log. */
  readonly timeline: number | null;
  /** Nothing newer than this can be there. */
  readonly reaches: Instant;
  /** False: the target lies between two copies of a kind without a log, and the one before it is taken. */
  readonly isExact: boolean;
}

/**
 * Which copy and which pieces of the log bring a store back to the target.
 * Failures: `recovery_no_copy` (of), `recovery_copy_unknown` (of, copy), `recovery_target_too_old` (of, target, oldest),
 * `recovery_target_too_new` (of, target, newest), `recovery_log_gap` (of, missing, before), `recovery_no_log` (of).
 */
export function planRestore(question: RestoreQuestion): Result<RestorePlan> {
  const chosen = chooseCopy(question);
  if (!chosen.ok) return chosen;
  const copy = chosen.value;
  const { target, of, copies, log, histories = {} } = question;
  const source = { copies, log, histories };
  const later = target.kind === 'time' ? enoughAt(target.at, copy, source) : null;
  const chain = chainFrom(copy, source, later?.upTo);
  if (chain === null) return withoutLog(question, copy);
  const reaches = chain.top?.at ?? copy.until;
  if (chain.gap !== null && !(target.kind === 'time' && reaches >= target.at))
    return fail('recovery_log_gap', { of, ...chain.gap });
  if (target.kind === 'time' && target.at > reaches) return tooNew(target.at, of, chain, later, reaches);
  return ok({ copy, log: chain.log, timeline: chain.lineage.timeline, reaches, isExact: true });
}

function chooseCopy({ of, copies, target, copy }: RestoreQuestion): Result<CopyRecord> {
  const inOrder = copies.toSorted((a, b) => a.until - b.until || (a.id < b.id ? -1 : 1));
  const candidates = copy === null ? inOrder : inOrder.filter(({ id }) => id === copy);
  const [oldest] = candidates;
  if (oldest === undefined)
    return copy === null ? fail('recovery_no_copy', { of }) : fail('recovery_copy_unknown', { of, copy });
  const newest = candidates.findLast((each) => liesBeforeTarget(each, target));
  if (newest !== undefined) return ok(newest);
  return fail('recovery_target_too_old', { of, target: textOf(target), oldest: isoText(oldest.until) });
}

function textOf(target: Aim): string {
  if (target.kind === 'latest') return target.kind;
  return target.kind === 'time' ? isoText(target.at) : `transaction ${target.transaction}`;
}

function liesBeforeTarget(copy: CopyRecord, target: Aim): boolean {
  switch (target.kind) {
    case 'latest':
      return true;
    case 'time':
      return copy.until <= target.at;
    case 'before':
      return liesBefore(copy, target.transaction);
    default:
      return unreachable(target);
  }
}

/**
 * A copy that was begun behind the target shows up to which piece the log is needed: its own last one, and one more, since
 * the server wants to see a commit behind the target before it believes to have reached it.
 */
function enoughAt(at: Instant, copy: CopyRecord, source: ChainSource) {
  const { lineage } = chainFrom(copy, source) ?? {};
  const systemId = logPlaceOf(copy)?.systemId;
  const places = source.copies
    .filter(({ from }) => from >= at)
    .flatMap((later) => logPlaceOf(later) ?? [])
    .filter((place) => place.systemId === systemId)
    .filter(({ timeline, last }) => lineage?.has({ timeline, position: last }) === true)
    .toSorted((a, b) => a.last - b.last);
  const [first] = places;
  return first === undefined ? null : { upTo: first.last + 1, place: first };
}

/** When a later copy was made of what is not there, pieces are missing; otherwise the log just does not go so far. */
function tooNew(
  at: Instant,
  of: string,
  chain: Chain,
  later: ReturnType<typeof enoughAt>,
  reaches: Instant,
): Result<never> {
  if (later !== null && later.place.first > chain.end + 1) {
    const { timeline, first } = later.place;
    const missing = pieceName(timeline, chain.end + 1);
    return fail('recovery_log_gap', { of, missing, before: pieceName(timeline, first) });
  }
  return fail('recovery_target_too_new', { of, target: isoText(at), newest: isoText(reaches) });
}

function withoutLog({ of, target }: RestoreQuestion, copy: CopyRecord): Result<RestorePlan> {
  if (target.kind === 'before') return fail('recovery_no_log', { of });
  const isExact = target.kind === 'latest' || target.at === copy.until;
  return ok({ copy, log: [], timeline: null, reaches: copy.until, isExact });
}
