import { dayAndTime, timeOfDay, timeSpan, type ProgressView, type WaitView } from '#api';
import { isOver, type Rollout, type Stage } from '#core/release';
import type { Freeze, Window } from '#core/system';
import { unreachable } from '#kernel';

type In<Name extends Rollout['phase']> = Extract<Rollout, { phase: Name }>;

const nothing = { needs: [], until: null, person: false, commands: [] } as const;

/** What a rollout waits for, in words, and what a person could type; null when it is over. */
export function waitsFor(rollout: Rollout): WaitView | null {
  const { paused } = rollout;
  return paused === null || isOver(rollout) ? waitOfPhase(rollout) : somebodyToResume(rollout, paused);
}

function somebodyToResume(rollout: Rollout, { by, note, at }: NonNullable<Rollout['paused']>): WaitView {
  const why = note === '' ? '' : ` ("${note}")`;
  return {
    ...nothing,
    kind: 'resume',
    sentence: `somebody to resume it: paused by ${by} at ${timeOfDay(at)}${why}; given up on ${dayAndTime(rollout.overBy)}`,
    until: rollout.overBy,
    person: true,
    commands: ['fairway resume', ...(rollout.committed ? [] : ['fairway abort'])],
  };
}

function waitOfPhase(rollout: Rollout): WaitView | null {
  switch (rollout.phase) {
    case 'planned':
      return work('its turn: it begins now');
    case 'awaiting':
      return whileAwaiting(rollout);
    case 'running':
      return { ...nothing, kind: 'job', sentence: jobSentence(rollout), until: rollout.deadline };
    case 'starting':
      return { ...work(replicasSentence(rollout)), until: rollout.deadline };
    case 'routing':
      return { ...work(shareSentences[rollout.part]), until: rollout.deadline };
    case 'withdrawing':
      return {
        ...work('the previous revisions to take the traffic again: a new replica was lost'),
        until: rollout.deadline,
      };
    case 'trimming':
      return { ...work('old replicas to finish what they have begun, and to end'), until: rollout.deadline };
    case 'holding':
      return whileHolding(rollout);
    case 'returning':
      return { ...work('the previous revisions to be whole again'), until: rollout.deadline };
    case 'restoring':
      return { ...work('the router to send everybody back'), until: rollout.deadline };
    case 'clearing':
      return { ...work('new replicas to finish what they have begun, and to end'), until: rollout.deadline };
    case 'promoted':
    case 'rolledBack':
    case 'failed':
      return null;
    default:
      return unreachable(rollout);
  }
}

const work = (sentence: string): WaitView => ({ ...nothing, kind: 'work', sentence });

const shareSentences = {
  pause: 'consumers that lose their share to finish their jobs',
  route: 'the router to acknowledge the new shares',
  resume: 'consumers that gain a share to take jobs',
} as const;

function whileAwaiting(rollout: In<'awaiting'>): WaitView {
  const stage = rollout.plan.stages[rollout.stage];
  const abort = rollout.committed ? [] : ['fairway abort'];
  if (stage?.kind === 'wait' && stage.for === 'approval') {
    const { role, people } = stage.approval;
    const names = rollout.approvals.map(({ by }) => by).join(', ');
    const so = names === '' ? '' : ` (${names})`;
    return {
      ...nothing,
      kind: 'approval',
      sentence: `approval by ${role}: ${rollout.approvals.length} of ${people}${so}, until ${dayAndTime(rollout.until)}`,
      until: rollout.until,
      person: true,
      commands: [`fairway approve --as ${quoted(role)}`, ...abort],
    };
  }
  const opens = rollout.opensAt === null ? 'which never opens' : `opens at ${dayAndTime(rollout.opensAt)}`;
  return {
    ...nothing,
    kind: 'window',
    sentence: `${windowNames(stage)}, ${opens}`,
    until: rollout.opensAt,
    commands: ['fairway promote', ...abort],
  };
}

const quoted = (text: string) => (/^[\w.-]+$/.test(text) ? text : `"${text}"`);

/** `the window night` or `the end of the freeze friday`. */
export function windowNames(stage: Stage | undefined): string {
  if (stage?.kind !== 'wait' || stage.for !== 'window') return 'the time';
  const windows = stage.windows.map(({ name }: Window) => `the window ${name}`);
  const freezes = stage.freezes.map((freeze: Freeze) =>
    freeze.kind === 'weekly' ? freeze.window.name : freeze.name,
  );
  return windows.length > 0 ? windows.join(' and ') : `the end of the freeze ${freezes.join(' or ')}`;
}

function jobSentence(rollout: In<'running'>): string {
  const stage = rollout.plan.stages[rollout.stage];
  const { progress } = rollout;
  const far = progress === null ? '' : `, ${progressText(progress)}`;
  return `${stage?.name ?? 'a job'} to end${far}, at the latest at ${dayAndTime(rollout.deadline)}`;
}

/** How far a job is, as it told last. */
export function progressOf(rollout: Rollout): ProgressView | null {
  if (rollout.phase !== 'running' || rollout.progress === null) return null;
  const { done, of } = rollout.progress;
  const percent =
    done === null || of === null || of === 0 ? null : Math.min(100, Math.floor((100 * done) / of));
  return { job: rollout.plan.stages[rollout.stage]?.name ?? '', done, of, percent };
}

/** `412 of 1,000 (41 %)`. */
export function progressText({
  done,
  of,
}: {
  readonly done: number | null;
  readonly of: number | null;
}): string {
  if (done === null) return 'going on';
  const count = done.toLocaleString('en-GB');
  if (of === null || of === 0) return `${count} done`;
  return `${count} of ${of.toLocaleString('en-GB')} (${Math.min(100, Math.floor((100 * done) / of))} %)`;
}

function replicasSentence(rollout: In<'starting'>): string {
  const stage = rollout.plan.stages[rollout.stage];
  const lacking = (stage?.kind === 'shift' ? stage.services : []).flatMap(({ service, next }) => {
    const revision = rollout.plan.moves.find((move) => move.service === service)?.next?.id;
    const seen = rollout.seen.find((each) => each.revision === revision);
    const ready = seen?.readySince.length ?? 0;
    const why = seen?.detail == null ? '' : ` (${seen.detail})`;
    return revision !== undefined && ready < next ? [`${service} ${ready} of ${next} ready${why}`] : [];
  });
  return `new replicas: ${lacking.length === 0 ? 'ready, to stay so' : lacking.join(', ')}`;
}

function whileHolding(rollout: In<'holding'>): WaitView {
  const stage = rollout.plan.stages[rollout.stage];
  const byPerson = stage?.kind === 'shift' && stage.advance === 'person';
  const asksPass = stage?.kind === 'shift' && stage.gate === 'pass';
  const { verdict } = rollout.watch;
  const isProven = !asksPass || verdict?.kind === 'pass';
  const commands = ['fairway promote', ...(rollout.committed ? [] : ['fairway abort'])];
  if (!rollout.held) {
    const then = byPerson ? ', then a person' : asksPass && !isProven ? ', and evidence' : '';
    const sentence = `the time of this step, until ${timeOfDay(rollout.until)} (${timeSpan(rollout.until - rollout.since)})${then}`;
    return { ...nothing, kind: 'time', sentence, until: rollout.until, commands };
  }
  const needs = verdict !== null && 'needs' in verdict ? verdict.needs : [];
  if (isProven)
    return {
      ...nothing,
      kind: 'person',
      sentence: 'a person: fairway promote',
      until: rollout.overBy,
      person: true,
      commands,
    };
  const first = needs[0] ?? 'nothing was measured yet';
  const more = needs.length > 1 ? ` (and ${needs.length - 1} more)` : '';
  const estimate = verdict !== null && 'estimate' in verdict ? verdict.estimate : null;
  const asked =
    rollout.plan.policy.gate.onInconclusive === 'ask'
      ? 'a person, since the evidence does not suffice'
      : 'evidence';
  const sentence = `${asked}: ${first}${more}${estimate === null ? '' : `; ${estimate.sentence}`}`;
  return { kind: 'evidence', sentence, needs, until: rollout.overBy, person: true, commands };
}
