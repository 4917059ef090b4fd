import { dayAndTime, timeOfDay, type TimelineEntry, timeSpan } from '#api';
import {
  opensAt,
  type RolloutPlan,
  type RolloutRecord,
  type Shift,
  type Stage,
  sentenceOf,
} from '#core/release';
import { after, type Failure, type Instant, unreachable } from '#kernel';
import { progressText, windowNames } from './waits.ts';

/** What a line of the timeline says, and whether it is worth one afterwards. */
export type Line = Pick<TimelineEntry, 'sentence' | 'level'>;

/** What the lines before said of the same rollout. */
export interface Told {
  readonly stage: string | null;
  readonly held: boolean;
  readonly passed: boolean;
  readonly approvals: number;
}

export const nothingTold: Told = { stage: null, held: false, passed: false, approvals: 0 };

export const main = (sentence: string): Line => ({ sentence, level: 'main' });
export const detail = (sentence: string): Line => ({ sentence, level: 'detail' });
export const silent: Line = { sentence: null, level: 'detail' };

interface Telling {
  readonly record: RolloutRecord;
  readonly plan: RolloutPlan;
  readonly at: Instant;
  readonly told: Told;
  readonly explain: (failure: Failure) => string;
}

/** One change of a rollout in words: who did it comes first, then where it led, then what was seen. */
export function tell(telling: Telling): Line {
  const { record, told } = telling;
  const person = personsLine(telling);
  if (person !== null) return person;
  if (record.event.type === 'jobDone') return jobLine(telling);
  const moved = record.before !== record.phase || record.stage !== told.stage;
  if (moved) return moveLine(telling);
  return eventLine(telling);
}

/** What is remembered for the next line. */
export function remember(told: Told, record: RolloutRecord): Told {
  const isSameStage = record.stage === told.stage;
  const consents = record.event.type === 'approve' ? 1 : 0;
  return {
    stage: record.stage,
    held: record.held,
    passed: record.verdict?.kind === 'pass' || (isSameStage && told.passed && record.verdict === null),
    approvals: (isSameStage ? told.approvals : 0) + consents,
  };
}

function personsLine({ record, plan, told }: Telling): Line | null {
  const { event } = record;
  switch (event.type) {
    case 'pause':
      return main(`paused by ${event.by}${noteOf(event)}; "fairway resume" lets it go on`);
    case 'resume':
      return main(`resumed by ${event.by}${noteOf(event)}`);
    case 'approve': {
      const stage = plan.stages.find(({ name }) => name === told.stage);
      const people = stage?.kind === 'wait' && stage.for === 'approval' ? stage.approval.people : 1;
      const count = people > 1 ? `, ${told.approvals + 1} of ${people}` : '';
      return main(`approved by ${event.by} as ${event.role}${count}${noteOf(event)}`);
    }
    case 'promote':
      return main(`${event.by} let it go on from "${told.stage ?? record.before}"${noteOf(event)}`);
    default:
      return null;
  }
}

const noteOf = ({ note }: { readonly note: string }) => (note === '' ? '' : `: ${note}`);

function jobLine(telling: Telling): Line {
  const { record, told, explain } = telling;
  const { event } = record;
  if (event.type !== 'jobDone') return silent;
  const name = told.stage ?? 'a job';
  const isHere = record.phase === 'running' && record.stage === told.stage;
  if (event.exitCode !== 0) {
    if (record.because !== null) return main(`going back: ${explain(record.because)}`);
    if (isHere && record.effects.length > 0)
      return detail(`${name}: cannot run now (${event.detail}), trying again`);
  }
  const end =
    event.exitCode === 0
      ? `${name}: done`
      : `${name}: ended with exit code ${event.exitCode} (${event.detail}); declared to be only told, it goes on`;
  return main(isHere ? end : `${end}${whatFollows(telling)}`);
}

/** Where the end of a job led, when that is worth saying with it. */
function whatFollows(telling: Telling): string {
  const { record, plan } = telling;
  const isQuiet = record.phase === 'running' && !isFinal(plan, record.stage ?? '');
  const next = isQuiet ? silent : moveLine(telling);
  return next.sentence === null || next.level === 'detail' ? '' : `; ${next.sentence}`;
}

function moveLine(telling: Telling): Line {
  const { record, plan, told, explain } = telling;
  const arrived = arrivedAt(telling);
  const stage = record.stage ?? '';
  const cause = record.because === null ? '' : explain(record.because);
  switch (record.phase) {
    case 'planned':
      return silent;
    case 'awaiting':
      return main(`${arrived === null ? '' : `${shareLine(plan, arrived)}; `}${waitLine(telling)}`);
    case 'running':
      return main(
        `${arrived === null ? '' : `${shareLine(plan, arrived)}; `}${stage}: begins${isFinal(plan, stage) ? '; from here there is only forward (R4)' : ''}`,
      );
    case 'starting':
      if (arrived !== null) return main(shareLine(plan, arrived));
      if (record.before === 'withdrawing' && record.event.type === 'effectFailed')
        return main(
          `${stage}: the previous revision was lost as well; replicas of the new one are started again`,
        );
      if (record.before === 'withdrawing')
        return main(`${stage}: nobody is on the new revision; its replicas are started again`);
      if (record.before === 'holding' && !told.passed && isGated(plan, told.stage))
        return main(`${told.stage ?? ''}: the gate has passed`);
      return detail(`${stage}: starting replicas`);
    case 'routing':
      return detail(`${stage}: replicas ready${movesUsers(plan, stage) ? ', moving traffic' : ''}`);
    case 'withdrawing':
      return main(
        `${stage}: a new replica was lost; its traffic goes back to the previous revision until it is ready again`,
      );
    case 'trimming':
      return arrived === null ? detail(`${stage}: removing old replicas`) : main(shareLine(plan, arrived));
    case 'holding':
      return arrived === null
        ? heldLine(plan, stage)
        : main(`${shareLine(plan, arrived)}${holdText(arrived)}`);
    case 'returning':
      return main(`going back: ${cause} The previous revisions are started again first`);
    case 'restoring':
      return record.before === 'returning'
        ? detail('previous revisions ready, all traffic moves back')
        : main(`going back: ${cause}`);
    case 'clearing':
      return record.before === 'restoring'
        ? main(`all traffic is back on ${plan.from === null ? 'nothing' : `release ${plan.from}`}`)
        : main(`going back: ${cause}`);
    case 'promoted':
      return main(promotedLine(telling));
    case 'rolledBack': {
      const after = record.before === 'clearing' || record.before === 'restoring' ? '' : `: ${cause}`;
      return main(
        `release ${plan.release} rolled back${after === '' ? `; release ${plan.from ?? 0} serves` : after}`,
      );
    }
    case 'failed':
      return main(failedLine(telling, cause));
    default:
      return unreachable(record.phase);
  }
}

/** The stage whose shares have just come into force; null: none has. */
function arrivedAt({ record, plan }: Telling): Shift | null {
  if (record.before !== 'routing' && record.before !== 'starting') return null;
  if (!forwardTo.includes(record.phase)) return null;
  const index = plan.stages.findIndex(({ name }) => name === record.stage);
  const isHere = record.phase === 'trimming' || record.phase === 'holding';
  const upTo = record.phase === 'promoted' ? plan.stages.length : isHere ? index + 1 : index;
  const stage = plan.stages.slice(0, upTo).findLast((each) => each.kind === 'shift');
  return stage?.kind === 'shift' ? stage : null;
}

const forwardTo: readonly RolloutRecord['phase'][] = [
  'awaiting',
  'running',
  'starting',
  'trimming',
  'holding',
  'promoted',
];

/** `canary 10 % of edge: 10 % of the requests go to the new revision`. */
export function shareLine(plan: RolloutPlan, shift: Shift): string {
  const stepping = shift.services.filter((share) => share.stepping);
  const texts = stepping.map((share) => {
    const move = plan.moves.find(({ service }) => service === share.service);
    if (move?.next === null) return 'is removed';
    if (share.active !== null)
      return `${share.active.next} of ${share.active.next + share.active.previous} consumers take jobs in the new revision`;
    if (move?.traffic === 'none')
      return share.next === 0
        ? 'the old one makes room'
        : `${share.next} of ${share.next + share.previous} replicas are new`;
    if (share.weight === 0)
      return share.next === 0 ? 'the old one makes room' : 'the new revision runs, no user is on it';
    if (plan.from === null) return 'serves';
    return share.weight === 100
      ? 'all requests go to it'
      : `${share.weight} % of the requests go to the new revision`;
  });
  return `${shift.name}: ${[...new Set(texts)].join(', ')}`;
}

function holdText({ hold, gate, advance }: Shift): string {
  const time = hold > 0 ? `held for ${timeSpan(hold)}` : 'held';
  const pass = gate === 'pass' ? ', the gate asks for a pass' : gate === 'watch' ? ', the gate watches' : '';
  return `; ${time}${pass}${advance === 'person' ? ', a person ends it' : ''}`;
}

function heldLine(plan: RolloutPlan, name: string): Line {
  const stage = plan.stages.find((each) => each.name === name);
  if (stage?.kind !== 'shift') return silent;
  const line = `${name}${holdText(stage).replace('; ', ': ')}`;
  return stage.hold > 0 || stage.advance === 'person' ? main(line) : detail(line);
}

function waitLine({ record, plan, at }: Telling): string {
  const stage = plan.stages.find(({ name }) => name === record.stage);
  if (stage?.kind !== 'wait') return `waits: ${record.stage ?? ''}`;
  if (stage.for === 'approval') {
    const { role, people, within } = stage.approval;
    const who = people === 1 ? role : `${people} people as ${role}`;
    return `waits for approval by ${who}, until ${dayAndTime(after(at, within))}`;
  }
  const opens = opensAt(stage.windows, stage.freezes, at);
  return `waits for ${windowNames(stage)}, ${opens === null ? 'which never opens' : `opens at ${dayAndTime(opens)}`}`;
}

const stageOf = (plan: RolloutPlan, name: string | null): Stage | undefined =>
  plan.stages.find((each) => each.name === name);

/** A preview gets routes as well, but nobody is sent there. */
function movesUsers(plan: RolloutPlan, name: string): boolean {
  const stage = stageOf(plan, name);
  return stage?.kind !== 'shift' || stage.services.some(({ stepping, weight }) => stepping && weight > 0);
}

function isFinal(plan: RolloutPlan, name: string): boolean {
  const stage = stageOf(plan, name);
  return stage?.kind === 'task' && stage.final;
}

function isGated(plan: RolloutPlan, name: string | null): boolean {
  const stage = stageOf(plan, name);
  return stage?.kind === 'shift' && stage.gate === 'pass';
}

function promotedLine({ plan, record, at }: Telling): string {
  const { release, from, manner, policy, contractAfter } = plan;
  if (manner === 'contract')
    return `the schema of release ${release} is contracted; nothing older can be gone back to any more`;
  if (manner === 'direct') return `release ${release} serves again`;
  const warm =
    from === null ? '' : `; release ${from} stays warm until ${dayAndTime(after(at, policy.keepOld))}`;
  const contract =
    contractAfter === null ? '' : `; its schema is contracted later, then there is no way back`;
  const all = record.before === 'routing' && from !== null ? ': all requests go to it' : '';
  return `release ${release} promoted${all}${warm}${contract}`;
}

function failedLine({ plan, record }: Telling, cause: string): string {
  if (plan.manner === 'contract') return `contracting the schema of release ${plan.release} failed: ${cause}`;
  const known =
    record.before === 'clearing' || record.before === 'restoring' || record.before === 'returning';
  const left = plan.from === null ? '' : '; traffic was left where it was, a person must decide';
  return `release ${plan.release} failed${known ? '' : `: ${cause}`}${left}`;
}

function eventLine(telling: Telling): Line {
  const { record, told, explain } = telling;
  const { event } = record;
  const stage = record.stage ?? record.phase;
  if (record.held && !told.held) return main(`${stage}: its time is over, ${heldFor(telling)}`);
  if (record.until !== undefined && event.type !== 'tookOver')
    return main(`${stage}: the evidence does not suffice yet, held until ${timeOfDay(record.until)}`);
  if (event.type === 'jobProgressed') return detail(`${stage}: ${progressText(event)}`);
  if (event.type === 'checkDone') {
    const line = `${stage}: check ${event.green ? 'green' : 'red'}: ${event.detail}`;
    return event.green ? detail(line) : main(line);
  }
  if (event.type === 'effectFailed') return detail(`${stage}: trying again: ${explain(event.failure)}`);
  if (record.verdict === null) return silent;
  const line = `${stage}: the gate says ${sentenceOf(record.verdict)}`;
  if (record.verdict.kind !== 'pass') return detail(line);
  const seen = record.verdict.signals.filter(({ name }) => name === 'errors').map(({ sentence }) => sentence);
  return main(`${line}${seen.length === 0 ? '' : ` (${seen.join('; ')})`}`);
}

function heldFor({ record, plan, told }: Telling): string {
  const { verdict } = record;
  const isAsked = plan.policy.gate.onInconclusive === 'ask';
  const person = 'it waits for a person, since the evidence does not suffice ("fairway promote")';
  if (verdict !== null && 'needs' in verdict)
    return `${isAsked ? person : 'it waits for evidence'}: ${sentenceOf(verdict)}`;
  const isProven = !isGated(plan, record.stage) || told.passed || verdict?.kind === 'pass';
  if (isProven) return 'it waits for a person ("fairway promote")';
  return isAsked ? person : 'it waits for evidence ("fairway status" says which)';
}
