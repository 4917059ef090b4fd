import { after, type Instant, millis } from '#kernel';
import { enter, removalTime, type Step, type Wanted } from './change.ts';
import type { Move, StageShare } from './plan.ts';
import type { Phase, Rollout, ShiftPart } from './rollout.ts';
import { tableFor } from './routing.ts';

/** Where shares are to be moved. */
export interface Goal {
  /** Empty: everything to the previous revisions. */
  readonly shares: readonly StageShare[];
  /** Shares in force; null: not known, as something failed half-way. */
  readonly was: readonly StageShare[] | null;
  /** Forward, who loses its share stops first; on the way back users come first. */
  readonly order: readonly ShiftPart[];
  /** How often the time of an effect is waited for. */
  readonly patience: number;
}

export const forwardOrder = ['pause', 'route', 'resume'] as const;
export const backOrder = ['route', 'pause', 'resume'] as const;

/**
 * Enters the first part at or after `from` that has something to do; null when none is left. R14: consumers that lose
 * their share have stopped before those that gain it are told to begin.
 */
export function moveShares(
  rollout: Rollout,
  from: ShiftPart,
  goal: Goal,
  into: (part: ShiftPart, deadline: Instant) => Phase,
  now: Instant,
): Step | null {
  for (const part of goal.order.slice(goal.order.indexOf(from))) {
    const version = rollout.routeVersion + (part === 'route' ? 1 : 0);
    const wanted = wantedOf(rollout, part, goal, version);
    if (wanted.length === 0) continue;
    const longest = Math.max(...wanted.map(({ within }) => within));
    const deadline = after(now, millis(longest * goal.patience));
    // Also a pause is something that must be taken back.
    const gives = goal.shares.length > 0;
    const changes = { routeVersion: version, mayHaveTraffic: rollout.mayHaveTraffic || gives };
    return enter(rollout, into(part, deadline), wanted, now, changes);
  }
  return null;
}

/** The part that follows in an order; null after the last. */
export function partAfter(order: readonly ShiftPart[], part: ShiftPart): ShiftPart | null {
  return order[order.indexOf(part) + 1] ?? null;
}

function wantedOf(rollout: Rollout, part: ShiftPart, goal: Goal, version: number): Wanted[] {
  const { moves, policy } = rollout.plan;
  if (part !== 'route') return moves.flatMap((move) => consumeOf(move, part, goal));
  if (!moves.some((move) => move.traffic === 'http')) return [];
  const table = tableFor(rollout, goal.shares, version);
  return [{ act: { do: 'setRoute', table }, within: policy.routeDeadline }];
}

function consumeOf(move: Move, part: 'pause' | 'resume', goal: Goal): Wanted[] {
  if (!move.consumes) return [];
  const want = activeOf(move, goal.shares);
  const had = goal.was === null ? null : activeOf(move, goal.was);
  return [
    { revision: move.next, wanted: want.next, was: had?.next ?? null },
    { revision: move.previous, wanted: want.previous, was: had?.previous ?? null },
  ].flatMap(({ revision, wanted, was }) => {
    if (revision === null) return [];
    // Not known what it had: the pause makes it at most what is wanted, the resume exactly that.
    const pauses = was === null ? wanted === 0 : wanted < was;
    const resumes = was === null ? wanted > 0 : wanted > was;
    if (part === 'pause' ? !pauses : !resumes) return [];
    const act = { do: 'consume', revision: revision.id, active: wanted } as const;
    return [{ act, within: removalTime(revision.spec.shutdown) }];
  });
}

/** How many of each revision take jobs by these shares. */
function activeOf(move: Move, shares: readonly StageShare[]): { next: number; previous: number } {
  const share = shares.find((each) => each.service === move.service);
  return share?.active ?? { next: 0, previous: move.previousReplicas };
}
