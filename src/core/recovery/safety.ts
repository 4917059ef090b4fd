import { between, type Instant, type Millis, millis } from '#kernel';
import { withinBound } from './bounds.ts';
import { type ChainSource, chainFrom } from './chain.ts';
import { isAhead, type RecoveryFinding } from './finding.ts';
import type { CopyRecord, LogRecord } from './records.ts';
import { clockFindings } from './retention.ts';
import { safetyFindings } from './safety-findings.ts';
import type { RiskBound, SafetyQuestion } from './safety-question.ts';

export interface Safety {
  readonly copies: number;
  /** Of all copies, as stored. */
  readonly bytes: number;
  /** Up to when the content of the newest copy is; null: there is none. */
  readonly newest: Instant | null;
  /** Any moment from here to there can be brought back; null: only the copies. */
  readonly range: { readonly from: Instant; readonly until: Instant } | null;
  /** What would be lost if the machine were gone now, at most; null: everything. */
  readonly atRisk: Millis | null;
  /** Worst first. */
  readonly findings: readonly RecoveryFinding[];
}

/** How safe one store is now. */
export function safetyOf(question: SafetyQuestion): Safety {
  const { of, copies, log, histories = {}, now } = question;
  const present = copies.filter(({ from }) => !isAhead(from, now)).toSorted((a, b) => a.until - b.until);
  const source = { copies, log, histories };
  const newest = present.at(-1) ?? null;
  const chain = newest === null ? null : chainFrom(newest, source);
  const shipped = chain?.top ?? null;
  const covered = newest === null ? null : coveredUntil(newest, shipped, question);
  const atRisk = covered === null ? null : between(covered, now);
  const own = safetyFindings(question, {
    newest,
    atRisk,
    bound: boundFor(question),
    gap: chain?.gap ?? null,
  });
  const findings = [...own, ...clockFindings(of, copies, now)];
  return {
    copies: copies.length,
    bytes: copies.flatMap(({ parts }) => parts).reduce((sum, { stored }) => sum + stored, 0),
    newest: newest?.until ?? null,
    range: shipped === null ? null : rangeTo(shipped, present, source),
    atRisk,
    findings: findings.toSorted((a, b) => weight[a.severity] - weight[b.severity]),
  };
}

const weight = { error: 0, warning: 1 } as const;

/**
 * The declared loss holds for databases. Of other kinds, and where nothing is declared, copies are late when half as much
 * time again as between two of them has gone by.
 */
function boundFor({ kind, policy, recovery }: SafetyQuestion): RiskBound | null {
  if (kind === 'postgres' && recovery !== null) {
    const { rpo } = recovery;
    return { limit: rpo.limit, isKept: (atRisk) => withinBound(atRisk, rpo), isRpo: true };
  }
  const every = policy?.logEvery ?? policy?.full?.every ?? policy?.longTerm?.every ?? null;
  if (every === null) return null;
  const limit = millis(every * (policy?.logEvery === null ? 1.5 : 3));
  return { limit, isKept: (atRisk) => atRisk <= limit, isRpo: false };
}

/**
 * A piece in the repository ends a little before it was put there. Where pieces wait, they have been written since before
 * the oldest of them was handed over, and that was written to for as long as a piece may last.
 */
function coveredUntil(
  newest: CopyRecord,
  shipped: LogRecord | null,
  { waiting, waitingSince, logState, policy }: SafetyQuestion,
): Instant {
  if (shipped === null) return newest.until;
  const isBehind = waiting > 0 && waitingSince !== null && waitingSince < shipped.at;
  const span = policy?.logEvery ?? 0;
  const handedOver = waiting === 0 ? (logState?.lastAt ?? shipped.at) : shipped.at;
  const until = isBehind ? waitingSince - span : Math.min(shipped.at, handedOver);
  return Math.max(newest.until, until) as Instant;
}

/** From the oldest copy whose log leads to the piece without a gap. */
function rangeTo(shipped: LogRecord, present: readonly CopyRecord[], source: ChainSource) {
  const first = present.find((copy) => chainFrom(copy, source)?.top?.name === shipped.name);
  return first === undefined ? null : { from: first.until, until: shipped.at };
}
