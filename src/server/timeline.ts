import type { Outcome, TimelineEntry } from '#api';
import { narrate, type RolloutRecord } from '#core/release';
import type { Failure, Json } from '#kernel';
import type { JournalEntry } from '#ports';

type Explain = (failure: Failure) => string;
type Facts = { readonly [key: string]: Json };

/** A journal entry as a line of the timeline, in words. */
export function timelineEntry(entry: JournalEntry, explain: Explain): TimelineEntry {
  const facts = (entry.data ?? {}) as Facts;
  const rollout = entry.type === 'rollout' ? (entry.data as unknown as RolloutRecord) : null;
  return {
    sequence: entry.sequence,
    at: entry.at,
    type: entry.type,
    sentence: rollout ? narrate(rollout, explain) : sentenceOf(entry.type, facts, explain),
    release: rollout?.release ?? numberOf(facts['release']),
    outcome: rollout ? rolloutOutcome(rollout) : outcomeOf(entry.type),
    rollout,
  };
}

function rolloutOutcome(record: RolloutRecord): Outcome | null {
  if (record.phase === 'promoted') return 'done';
  if (record.phase === 'rolledBack') return 'rolledBack';
  if (record.phase === 'failed') return 'failed';
  return record.held ? 'held' : null;
}

function outcomeOf(type: string): Outcome | null {
  if (type === 'environment.unchanged' || type === 'environment.pinned') return 'unchanged';
  if (type === 'environment.failed') return 'failed';
  return type === 'environment.closed' || type === 'environment.ready' ? 'done' : null;
}

function sentenceOf(type: string, facts: Facts, explain: Explain): string | null {
  switch (type) {
    case 'environment.opening':
      return `bringing ${text(facts['environment'])} up: stores, router`;
    case 'environment.opened':
      return 'stores and router are ready';
    case 'environment.failed':
      return `failed: ${explain(facts['failure'] as unknown as Failure)}`;
    case 'environment.unchanged':
      return facts['scaled'] === true
        ? 'only the number of replicas differs, it is being changed'
        : 'nothing differs from what runs';
    case 'environment.pinned':
      return `a rollback holds release ${text(facts['release'])}; "fairway release" moves on from it`;
    case 'environment.ready':
      return typeof facts['release'] === 'number' ? `release ${facts['release']} serves` : 'nothing serves';
    case 'environment.closed':
      return facts['erased'] === true
        ? 'everything is stopped, the data is deleted'
        : 'everything is stopped, the data is kept';
    case 'rollout.planned':
      return planned(facts);
    case 'rollback.asked':
      return `${text(facts['by'])} asked to go back to release ${text(facts['to'])}`;
    case 'retired':
      return `revision ${text(facts['revision'])} is not needed any more${facts['keep'] === 0 ? '' : `, keeping ${text(facts['keep'])}`}`;
    case 'scaled':
      return `revision ${text(facts['revision'])} gets ${text(facts['count'])} replicas`;
    default:
      return null;
  }
}

function planned(facts: Facts): string {
  const moves = Array.isArray(facts['moves'])
    ? (facts['moves'] as { service: string }[]).map((move) => move.service)
    : [];
  const what =
    facts['manner'] === 'direct'
      ? 'back to release'
      : facts['manner'] === 'first'
        ? 'starting release'
        : 'release';
  const note = text(facts['note']) === '' ? '' : ` (${text(facts['note'])})`;
  return `${what} ${text(facts['release'])}${note}: ${moves.join(', ')}`;
}

const text = (value: Json | undefined) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const numberOf = (value: Json | undefined) => (typeof value === 'number' ? value : null);
