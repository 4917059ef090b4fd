import { dayAndTime, type PlanStageView, timeSpan } from '#api';
import { opensAt, type RolloutPlan, type Shift, type Stage, type Task } from '#core/release';
import type { Instant } from '#kernel';
import { shareLine } from './tell.ts';
import { windowNames } from './waits.ts';

const still = { holdMillis: 0, gate: 'none', opensAt: null, final: false } as const;

/** Every stage of a plan in words, in order; the contraction of the schema, which comes later, is the last one. */
export function planStages(plan: RolloutPlan, hasContract: boolean, now: Instant): PlanStageView[] {
  const stages = plan.stages.map((stage) => viewOf(plan, stage, now));
  const wait = plan.contractAfter;
  if (!hasContract || wait === null) return stages;
  const sentence = `contract the schema: runs ${timeSpan(contractDelay(plan))} after promotion; from then on there is no way back to ${olderThan(plan)}`;
  return [...stages, { ...still, kind: 'migration', name: 'contract the schema', sentence, final: true }];
}

/** As the engine waits: not before the rollback window is over (R4, R9). */
export const contractDelay = ({ contractAfter, policy, from }: RolloutPlan): number =>
  from === null ? 0 : Math.max(contractAfter ?? 0, policy.keepOld);

const olderThan = ({ from }: RolloutPlan) => (from === null ? 'anything older' : `release ${from}`);

function viewOf(plan: RolloutPlan, stage: Stage, now: Instant): PlanStageView {
  switch (stage.kind) {
    case 'shift':
      return {
        ...still,
        kind: 'shift',
        name: stage.name,
        sentence: `${shareLine(plan, stage)}${holdOf(stage)}`,
        holdMillis: stage.hold,
        gate: stage.gate,
      };
    case 'task':
      return {
        ...still,
        kind: stage.purpose === 'before' || stage.purpose === 'after' ? 'hook' : 'migration',
        name: stage.name,
        sentence: taskSentence(stage),
        final: stage.final,
      };
    case 'wait': {
      if (stage.for === 'approval') {
        const { role, people, within } = stage.approval;
        const who = people === 1 ? 'one person' : `${people} people`;
        const sentence = `${stage.name}: ${who} within ${timeSpan(within)}, or it goes back; to agree: fairway approve --as ${quoted(role)}`;
        return { ...still, kind: 'approval', name: stage.name, sentence };
      }
      const opens = opensAt(stage.windows, stage.freezes, now);
      const when =
        opens === null ? 'never opens' : opens === now ? 'open now' : `opens next at ${dayAndTime(opens)}`;
      const sentence = `waits for ${windowNames(stage)}: ${when}`;
      return { ...still, kind: 'window', name: stage.name, sentence, opensAt: opens };
    }
  }
}

const quoted = (text: string) => (/^[\w.-]+$/.test(text) ? text : `"${text}"`);

function holdOf({ hold, gate, advance }: Shift): string {
  const asks = { pass: 'the gate must pass', watch: 'the gate watches', none: '' }[gate];
  const parts = [
    hold > 0 ? `held for ${timeSpan(hold)}` : '',
    asks,
    advance === 'person' ? 'a person ends it ("fairway promote")' : '',
  ];
  const said = parts.filter((part) => part !== '').join(', ');
  return said === '' ? '' : `; ${said}`;
}

function taskSentence({ name, purpose, timeout, onFailure, final }: Task): string {
  const when = {
    before: 'runs before anything moves',
    expand: 'runs before the new revision starts',
    backfill: 'runs after expand, before the new revision starts',
    contract: 'runs now',
    after: 'runs when the new revisions have everything',
  }[purpose];
  const failure = onFailure === 'rollback' ? 'a failure takes the release back' : 'a failure is only told';
  const only =
    purpose === 'expand' && final
      ? 'from expand on there is only forward (R4)'
      : `from here there is only forward (R4)`;
  return `${name}: ${when}, at most ${timeSpan(timeout)}; ${final ? only : failure}`;
}

/** When one can go back and until when. */
export function wayBack(plan: RolloutPlan, hasContract: boolean): string[] {
  const { from, policy, stages } = plan;
  if (from === null) return ['there is no release before this one to go back to'];
  const final = stages.find((stage) => stage.kind === 'task' && stage.final);
  const until =
    final === undefined
      ? `until it is promoted it goes back by itself when it fails, or with "fairway abort"`
      : `until "${final.name}" begins it goes back by itself when it fails, or with "fairway abort"; from then on there is only forward (R4)`;
  if (final !== undefined) return [until];
  const warm = `after promotion "fairway rollback" goes to release ${from}: at once for ${timeSpan(policy.keepOld)}, while it is warm; later its replicas are started first`;
  const end = `that ends when the schema is contracted, ${timeSpan(contractDelay(plan))} after promotion: from then on there is no way back to release ${from}`;
  return [until, warm, ...(hasContract ? [end] : [])];
}
