import type { Verdict } from '#core/gate';
import { type Instant, unreachable } from '#kernel';
import type { RolloutEvent } from './event.ts';
import type { Cause, Rollout } from './rollout.ts';

/** One change of a rollout as the journal keeps it: what came, where it led, what is done about it. */
export interface RolloutRecord {
  readonly rollout: number;
  readonly release: number;
  readonly event: RolloutEvent;
  readonly before: Rollout['phase'];
  readonly phase: Rollout['phase'];
  readonly stage: string | null;
  /** Effects issued with this change (R6: journaled before they are performed). */
  readonly effects: readonly { readonly id: string; readonly do: string }[];
  /** Present when the phase changed or the verdict's kind did. */
  readonly verdict: Verdict | null;
  readonly because: Cause | null;
  /** The hold is over and the gate has not passed: it waits for evidence or for a person. */
  readonly held: boolean;
  /** Present when a hold was prolonged. */
  readonly until?: Instant;
  readonly over: boolean;
}

/** What the journal keeps of a step. */
export function recordOf(
  before: Rollout,
  after: Rollout,
  event: RolloutEvent,
  effects: RolloutRecord['effects'],
): RolloutRecord {
  const moved = before.phase !== after.phase || stageName(before) !== stageName(after);
  const gated = after.phase === 'holding' && gateOf(after) !== 'none';
  const judgedAnew = gated && wordOf(before.watch.verdict) !== wordOf(after.watch.verdict);
  return {
    rollout: after.plan.id,
    release: after.plan.release,
    event,
    before: before.phase,
    phase: after.phase,
    stage: stageName(after),
    effects: effects.map(({ id, do: act }) => ({ id, do: act })),
    verdict: moved || judgedAnew ? (moved ? before.watch.verdict : after.watch.verdict) : null,
    because: 'because' in after ? after.because : null,
    held: after.phase === 'holding' && after.held,
    ...prolonged(before, after),
    over: after.phase === 'promoted' || after.phase === 'rolledBack' || after.phase === 'failed',
  };
}

function prolonged(before: Rollout, after: Rollout): { readonly until?: Instant } {
  const isSame = before.phase === 'holding' && after.phase === 'holding' && before.stage === after.stage;
  return isSame && after.until > before.until ? { until: after.until } : {};
}

function gateOf(rollout: Rollout & { phase: 'holding' }): string {
  const stage = rollout.plan.stages[rollout.stage];
  return stage?.kind === 'shift' ? stage.gate : 'none';
}

function stageName(rollout: Rollout): string | null {
  return 'stage' in rollout ? (rollout.plan.stages[rollout.stage]?.name ?? null) : null;
}

const wordOf = (verdict: Verdict | null) =>
  verdict?.kind === 'pass' ? `pass ${verdict.because}` : (verdict?.kind ?? null);

/** A verdict in one line. */
export function sentenceOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'pass':
      return verdict.because === 'proven' ? 'pass, proven harmless' : 'pass';
    case 'fail':
      return `fail: ${verdict.because.sentence}`;
    case 'inconclusive':
      return `inconclusive: ${inShort(verdict.needs)}`;
    case 'notMeasured':
      return `not measured: ${inShort(verdict.needs)}`;
    default:
      return unreachable(verdict);
  }
}

/** The first two needs in full, of the others how many. */
function inShort(needs: readonly string[]): string {
  const rest = needs.length - 2;
  return [...needs.slice(0, 2), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
