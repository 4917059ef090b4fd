import type { Verdict } from '#core/gate';
import { formatDuration, unreachable } from '#kernel';
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
  const judgedAnew = gated && before.watch.verdict?.kind !== after.watch.verdict?.kind;
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
    over: after.phase === 'promoted' || after.phase === 'rolledBack' || after.phase === 'failed',
  };
}

function gateOf(rollout: Rollout & { phase: 'holding' }): string {
  const stage = rollout.plan.stages[rollout.stage];
  return stage?.kind === 'shift' ? stage.gate : 'none';
}

function stageName(rollout: Rollout): string | null {
  return 'stage' in rollout ? (rollout.plan.stages[rollout.stage]?.name ?? null) : null;
}

/**
 * The sentence of a record, for timelines; null where nothing worth a line happened. `explain` phrases a cause; the
 * catalogue does it in the product.
 */
export function narrate(record: RolloutRecord, explain: (cause: Cause) => string): string | null {
  if (record.before === record.phase && !isNewStage(record)) return narrateEvent(record);
  const stage = record.stage ?? '';
  switch (record.phase) {
    case 'planned':
      return null;
    case 'awaiting':
      return `waiting: ${stage}`;
    case 'running':
      return `${stage}: running`;
    case 'starting':
      return record.before === 'withdrawing' ? `${stage}: starting again` : `${stage}: starting replicas`;
    case 'routing':
      return `${stage}: replicas ready, moving traffic`;
    case 'withdrawing':
      return `${stage}: a new replica was lost, its traffic goes back to stable`;
    case 'trimming':
      return `${stage}: traffic moved, removing old replicas`;
    case 'holding':
      return `${stage}: holding`;
    case 'returning':
      return `going back: ${record.because ? explain(record.because) : ''} Starting the previous revisions again`;
    case 'restoring':
      return record.before === 'returning'
        ? 'previous revisions ready, moving all traffic back'
        : `going back: ${record.because ? explain(record.because) : ''}`;
    case 'clearing':
      if (record.before === 'restoring')
        return 'all traffic is back on the previous revisions, removing the new ones';
      return `going back: ${record.because ? explain(record.because) : ''}`;
    case 'promoted':
      return `release ${record.release} promoted`;
    case 'rolledBack':
      return `release ${record.release} rolled back: ${record.because ? explain(record.because) : ''}`;
    case 'failed':
      return `release ${record.release} failed: ${record.because ? explain(record.because) : ''}`;
    default:
      return unreachable(record.phase);
  }
}

const isNewStage = (record: RolloutRecord) =>
  record.event.type !== 'measured' && record.effects.length > 0 && record.phase === 'starting';

function narrateEvent(record: RolloutRecord): string | null {
  const { event } = record;
  const intent = narrateIntent(event);
  if (intent !== null) return `${record.stage ?? record.phase}: ${intent}`;
  if (event.type === 'tookOver')
    return `${record.stage ?? record.phase}: nobody was in charge for ${formatDuration(event.away)}; it goes on where it stood`;
  if (event.type === 'jobProgressed') return `${record.stage ?? ''}: ${progressOf(event)}`;
  if (event.type === 'checkDone')
    return `${record.stage ?? ''}: check ${event.green ? 'green' : 'red'}: ${event.detail}`;
  if (event.type === 'effectFailed')
    return `${record.stage ?? record.phase}: trying again after ${event.failure.code}`;
  if (record.verdict) return `${record.stage ?? ''}: gate says ${sentenceOf(record.verdict)}`;
  return null;
}

/** What a person did that left the rollout where it is. */
function narrateIntent(event: RolloutEvent): string | null {
  const words = (verb: string, { by, note }: { by: string; note: string }) =>
    `${verb} by ${by}${note === '' ? '' : `: ${note}`}`;
  switch (event.type) {
    case 'pause':
      return words('paused', event);
    case 'resume':
      return words('resumed', event);
    case 'approve':
      return words(`approved as ${event.role}`, event);
    default:
      return null;
  }
}

function progressOf({ done, of }: RolloutEvent & { type: 'jobProgressed' }): string {
  if (done === null) return 'going on';
  return of === null || of === 0
    ? `${done} done`
    : `${done} of ${of} done (${Math.floor((100 * done) / of)} %)`;
}

/** A verdict in one line. */
export function sentenceOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'pass':
      return 'pass';
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
