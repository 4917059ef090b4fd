import { type ExposureView, type HistoryItem, timeSpan } from '#api/browser';
import type { Tone } from '../../kit/index.ts';

/** What became of a release, as one filters by it. */
export type Kind = 'underWay' | 'promoted' | 'rolledBack' | 'failed' | 'other';

export const kindWords: readonly (readonly [Kind | 'all', string])[] = [
  ['all', 'All'],
  ['promoted', 'Promoted'],
  ['rolledBack', 'Rolled back'],
  ['failed', 'Failed'],
  ['underWay', 'Under way'],
];

export function kindOf({ outcome }: Pick<HistoryItem, 'outcome'>): Kind {
  switch (outcome) {
    case 'promoted':
    case 'rolledBack':
    case 'failed':
      return outcome;
    case 'none':
      return 'other';
    default:
      return 'underWay';
  }
}

export function outcomeOf(item: HistoryItem): { readonly tone: Tone; readonly word: string } {
  const [last] = item.rollouts;
  switch (item.outcome) {
    case 'promoted':
      return { tone: 'good', word: last?.manner === 'direct' ? 'gone back to' : 'promoted' };
    case 'rolledBack':
      return { tone: 'bad', word: 'rolled back' };
    case 'failed':
      return { tone: 'bad', word: 'failed' };
    case 'queued':
      return { tone: 'quiet', word: 'queued' };
    case 'none':
      return { tone: 'quiet', word: 'not rolled out' };
    default:
      return { tone: 'busy', word: 'under way' };
  }
}

/** For how long users met it, and at most how many of them. */
export function metText(exposure: ExposureView | undefined, now: number): string {
  if (exposure === undefined || exposure.from === null) return 'no user met it';
  const { millis, since, most } = exposure;
  const share = most >= 100 ? 'all users' : `at most ${most} %`;
  return `${timeSpan(millis + (since === null ? 0 : now - since))}, ${share}`;
}

/** What of it is searched: number, person, words, source and cause. */
export const textOf = ({ release, by, note, source, because }: HistoryItem): string =>
  `${release} ${by} ${note} ${source} ${because ?? ''}`.toLowerCase();

export function summaryOf(items: readonly HistoryItem[]): string {
  const current = items.find((item) => item.current);
  const gone = items.slice(0, 20);
  const back = gone.filter(({ outcome }) => outcome === 'rolledBack' || outcome === 'failed').length;
  const serves = current === undefined ? 'No release serves now.' : `Release ${current.release} serves.`;
  if (gone.length < 3) return serves;
  return `${serves} Of the last ${gone.length} releases ${back === 0 ? 'none' : back} went back or failed.`;
}

/** Why nobody can go back to an older release now; null: one can. A schema that is contracted can be left at any time. */
export function whyNotBackOf(items: readonly HistoryItem[]): string | null {
  const moving = items.find(({ rollouts }) =>
    rollouts.some(({ endedAt, manner }) => endedAt === null && manner !== 'contract'),
  );
  return moving === undefined
    ? null
    : `Release ${moving.release} is under way: take it back on its page, or wait until it is over.`;
}
