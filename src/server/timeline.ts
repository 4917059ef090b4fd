import { type Outcome, type TimelineEntry } from '#api';
import type { RolloutPlan, RolloutRecord } from '#core/release';
import { describeFailure, type Failure, type Json } from '#kernel';
import type { JournalEntry } from '#ports';
import { detail, type Line, main, nothingTold, remember, silent, type Told, tell } from './tell.ts';

type Explain = (failure: Failure) => string;
type Facts = { readonly [key: string]: Json };

/** Tells journal entries of one environment, in their order; what a line says depends on those before it. */
export interface Narrator {
  tell(entry: JournalEntry): Promise<TimelineEntry>;
}

export type PlanOf = (rollout: number) => Promise<RolloutPlan | null>;

export function createNarrator(planOf: PlanOf, explain: Explain): Narrator {
  const told = new Map<number, Told>();

  async function lineOf(record: RolloutRecord, entry: JournalEntry): Promise<Line> {
    const plan = await planOf(record.rollout);
    const before = told.get(record.rollout) ?? nothingTold;
    told.set(record.rollout, remember(before, record));
    return plan === null ? silent : tell({ record, plan, at: entry.at, told: before, explain });
  }

  return {
    async tell(entry) {
      const facts = (entry.data ?? {}) as Facts;
      const rollout = entry.type === 'rollout' ? (entry.data as unknown as RolloutRecord) : null;
      const before = rollout === null ? nothingTold : (told.get(rollout.rollout) ?? nothingTold);
      const line = rollout ? await lineOf(rollout, entry) : sentenceOf(entry.type, facts, explain);
      return {
        sequence: entry.sequence,
        at: entry.at,
        type: entry.type,
        ...line,
        ...hintOf(entry.type, facts),
        release: rollout?.release ?? numberOf(facts['release']),
        outcome: rollout ? await rolloutOutcome(rollout, before) : outcomeOf(entry.type),
        rollout,
      };
    },
  };

  /** `held`: nothing goes on until a person acts, or evidence comes that the time of the step did not bring. */
  async function rolloutOutcome(record: RolloutRecord, before: Told): Promise<Outcome | null> {
    if (record.phase === 'promoted') return 'done';
    if (record.phase === 'rolledBack') return 'rolledBack';
    if (record.phase === 'failed') return 'failed';
    if (record.event.type === 'pause') return 'held';
    if (record.held) return 'held';
    if (record.phase !== 'awaiting') return null;
    const isTold =
      record.before === 'awaiting' && before.stage === record.stage && record.event.type !== 'approve';
    const stage = (await planOf(record.rollout))?.stages.find(({ name }) => name === record.stage);
    return !isTold && stage?.kind === 'wait' && stage.for === 'approval' ? 'held' : null;
  }
}

/** What to do about a failure is not journaled, as its sentence is not: both are those of today. */
function hintOf(type: string, facts: Facts): Pick<TimelineEntry, 'hint'> {
  if (type !== 'environment.failed') return {};
  const { hint } = describeFailure(facts['failure'] as unknown as Failure);
  return hint === '' ? {} : { hint };
}

function outcomeOf(type: string): Outcome | null {
  if (type === 'environment.unchanged' || type === 'environment.pinned') return 'unchanged';
  if (type === 'environment.failed') return 'failed';
  if (type === 'release.superseded') return 'superseded';
  return type === 'environment.closed' || type === 'environment.ready' ? 'done' : null;
}

function sentenceOf(type: string, facts: Facts, explain: Explain): Line {
  switch (type) {
    case 'environment.opening':
      return main(`bringing ${text(facts['environment'])} up: stores, router`);
    case 'environment.opened':
      return main('stores and router are ready');
    case 'environment.failed':
      return main(`failed: ${explain(facts['failure'] as unknown as Failure)}`);
    case 'environment.unchanged':
      return main(
        facts['scaled'] === true
          ? 'only the number of replicas differs, it is being changed'
          : 'nothing differs from what runs',
      );
    case 'environment.pinned':
      return main(`a rollback holds release ${text(facts['release'])}; "fairway release" moves on from it`);
    case 'environment.ready':
      return main(
        typeof facts['release'] === 'number' ? `release ${facts['release']} serves` : 'nothing serves',
      );
    case 'environment.closed':
      return main(
        facts['erased'] === true
          ? 'everything is stopped, the data is deleted'
          : 'everything is stopped, the data is kept',
      );
    case 'rollout.planned':
      return main(planned(facts));
    case 'rollback.asked':
      return main(`${text(facts['by'])} asked to go back to release ${text(facts['to'])}${noteOf(facts)}`);
    case 'release.queued':
      return main(
        `${text(facts['by'])} asked for release ${text(facts['release'])}; it waits behind release ${text(facts['behind'])}`,
      );
    case 'release.superseded':
      return main(
        `release ${text(facts['release'])} gives way to release ${text(facts['by'])} before it began`,
      );
    case 'contract.dropped':
      return main(
        `the schema of release ${text(facts['release'])} is not contracted: no job for it is declared any more`,
      );
    case 'retired':
      return detail(
        `revision ${text(facts['revision'])} is not needed any more${facts['keep'] === 0 ? '' : `, keeping ${text(facts['keep'])}`}`,
      );
    case 'scaled':
      return main(`revision ${text(facts['revision'])} gets ${text(facts['count'])} replicas`);
    default:
      return silent;
  }
}

/** `release 8 by ann: "new session page"; edge, core move on from release 7`. */
function planned(facts: Facts): string {
  const moves = Array.isArray(facts['moves']) ? (facts['moves'] as { service: string }[]) : [];
  const names = moves.map((move) => move.service).join(', ');
  const [release, by] = [text(facts['release']), text(facts['by'])];
  const what: Readonly<Record<string, string>> = {
    direct: `going back to release ${release}`,
    first: `starting release ${release}`,
    contract: `contracting the schema of release ${release}: nothing older runs any more`,
  };
  const manner = text(facts['manner']);
  // Who asked to go back was told just before; these are the release's own.
  const isOwn = manner !== 'contract' && manner !== 'direct';
  const who = by === '' || !isOwn ? '' : ` by ${by}`;
  const from =
    manner === 'declared' && typeof facts['from'] === 'number' ? `, from release ${facts['from']}` : '';
  return `${what[manner] ?? `release ${release}`}${who}${isOwn ? noteOf(facts) : ''}${names === '' ? '' : `; ${names}${from}`}`;
}

const noteOf = (facts: Facts) => (text(facts['note']) === '' ? '' : `: "${text(facts['note'])}"`);

const text = (value: Json | undefined) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const numberOf = (value: Json | undefined) => (typeof value === 'number' ? value : null);
