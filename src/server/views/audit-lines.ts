import type { AuditView } from '#api/browser';
import type { RolloutRecord } from '#core/release';
import type { Failure, Json } from '#kernel';
import type { JournalEntry } from '#ports';
import { evidenceSentence } from '../recovery-tell.ts';
import { createNarrator } from '../timeline.ts';
import { accessSentence } from './audit-access.ts';

type Facts = { readonly [key: string]: Json };
type Explain = (failure: Failure) => string;
type Said = Pick<AuditView, 'by' | 'sentence' | 'release'>;

/** Who is named where nobody asked for it. */
export const itself = 'fairway';

/** Which stream it is, and of which environment; null: of none. */
export interface AuditStream {
  readonly stream: string;
  readonly environment: string | null;
  readonly kind: 'environment' | 'recovery' | 'access';
}

/** An entry as an audit tells it; null: nobody did anything by it. */
export async function auditLine(
  { environment, kind }: AuditStream,
  entry: JournalEntry,
  explain: Explain,
): Promise<AuditView | null> {
  const { sequence, at, type, hash } = entry;
  const facts = factsOf(entry.data);
  const said = await saidOf(kind, entry, facts, explain);
  if (said === null) return null;
  return { environment, sequence, at, type, ...said, note: noteOf(kind, entry, facts), hash };
}

async function saidOf(
  kind: AuditStream['kind'],
  entry: JournalEntry,
  facts: Facts,
  explain: Explain,
): Promise<Said | null> {
  const by = text(facts['by']) || itself;
  switch (kind) {
    case 'access':
      return { by, sentence: accessSentence(entry.type, facts), release: null };
    case 'recovery':
      return { by, sentence: evidenceSentence(entry.type, entry.data), release: null };
    case 'environment':
      return entry.type === 'rollout' ? ofRollout(entry, explain) : ofEnvironment(entry, facts, explain);
  }
}

/** What people asked of a rollout, and how it ended; what it did in between is told by its timeline. */
function ofRollout({ data }: JournalEntry, explain: Explain): Said | null {
  const { event, release, before, phase, stage, because, over } = data as unknown as RolloutRecord;
  const of = (by: string, sentence: string): Said => ({ by, sentence, release });
  const cause = because === null ? '' : `: ${explain(because)}`;
  switch (event.type) {
    case 'approve':
      return of(event.by, `${event.by} approved release ${release} as ${event.role}`);
    case 'promote':
      return of(event.by, `${event.by} let release ${release} go on`);
    case 'pause':
      return of(event.by, `${event.by} paused release ${release}${stage === null ? '' : ` at "${stage}"`}`);
    case 'resume':
      return of(event.by, `${event.by} let release ${release} go on after the pause`);
    case 'abort':
      return of(event.by, `${event.by} took release ${release} back`);
    case 'supersede':
      return of(event.by, `${event.by} asked for release ${event.release}: release ${release} gives way`);
    default:
      break;
  }
  if (over) return of(itself, `release ${release} ${ended[phase] ?? phase}${cause}`);
  const isBack = goingBack.includes(phase) && !goingBack.includes(before);
  return isBack ? of(itself, `release ${release} is taken back${cause}`) : null;
}

const goingBack: readonly RolloutRecord['phase'][] = ['returning', 'restoring', 'clearing'];

const ended: Readonly<Partial<Record<RolloutRecord['phase'], string>>> = {
  promoted: 'is promoted',
  rolledBack: 'is rolled back',
  failed: 'failed',
};

/** Everything that the timeline has a line for, and what is asked for without one. */
async function ofEnvironment(entry: JournalEntry, facts: Facts, explain: Explain): Promise<Said | null> {
  const by = text(facts['by']);
  // The release that goes first stands where others have a person.
  if (entry.type === 'release.superseded') return toldBy(itself, entry, explain);
  switch (entry.type) {
    case 'environment.opening':
      return { by, sentence: `${by} brings ${text(facts['environment'])} up`, release: null };
    case 'environment.closing': {
      const data = facts['erase'] === true ? 'its data are deleted' : 'its data are kept';
      return { by, sentence: `${by} takes it down; ${data}`, release: null };
    }
    case 'rollout.planned':
      // Who asked to go back stands in the entry before; these are the name and the note of the release's own.
      return toldBy(
        facts['manner'] === 'declared' || facts['manner'] === 'first' ? by : itself,
        entry,
        explain,
      );
    default:
      return toldBy(by === '' ? itself : by, entry, explain);
  }
}

async function toldBy(by: string, entry: JournalEntry, explain: Explain): Promise<Said | null> {
  const narrator = createNarrator(async () => null, explain); // only rollouts need what came before
  const { sentence, level, release } = await narrator.tell(entry);
  return sentence === null || level === 'detail' ? null : { by: by || itself, sentence, release };
}

function noteOf(kind: AuditStream['kind'], { type, data }: JournalEntry, facts: Facts): string {
  if (kind === 'environment' && type === 'rollout') {
    const { event } = data as unknown as RolloutRecord;
    return 'note' in event ? event.note : '';
  }
  const isOfAnother = type === 'rollout.planned' && facts['manner'] === 'direct';
  return isOfAnother ? '' : text(facts['note']);
}

const factsOf = (data: Json): Facts =>
  typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Facts) : {};

const text = (value: Json | undefined) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
