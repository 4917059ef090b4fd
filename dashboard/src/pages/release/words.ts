import { type ExposureView, type HistoryItem, type RolloutView, timeSpan } from '#api/browser';
import { listText } from '../../kit/index.ts';
import type { Tone } from '../../kit/index.ts';

export type Phase = RolloutView['phase'];

/** Each phase as a colleague would say it. */
export const phaseWords = {
  planned: 'about to begin',
  awaiting: 'waits',
  running: 'a job runs',
  starting: 'starting',
  routing: 'moving traffic',
  withdrawing: 'a replica was lost',
  trimming: 'removing old replicas',
  holding: 'being watched',
  returning: 'starting the old one',
  restoring: 'moving traffic back',
  clearing: 'clearing up',
  promoted: 'promoted',
  rolledBack: 'rolled back',
  failed: 'failed',
} as const satisfies Readonly<Record<Phase, string>>;

export const outcomeTone = {
  planned: 'quiet',
  awaiting: 'warn',
  running: 'busy',
  starting: 'busy',
  routing: 'busy',
  withdrawing: 'warn',
  trimming: 'busy',
  holding: 'busy',
  returning: 'bad',
  restoring: 'bad',
  clearing: 'bad',
  promoted: 'good',
  rolledBack: 'bad',
  failed: 'bad',
  queued: 'quiet',
  none: 'quiet',
} as const satisfies Readonly<Record<HistoryItem['outcome'], Tone>>;

/** `25 % of the requests to edge and journal go to it.` */
export function shareSentence({ arms }: RolloutView): string {
  const canaries = arms.filter(({ role }) => role === 'canary');
  const weights = [...new Set(canaries.map(({ weight }) => weight))].toSorted((a, b) => a - b);
  const [first] = weights;
  if (first === undefined || weights.every((weight) => weight === 0)) return 'No user is on it.';
  const services = listText(canaries.map(({ service }) => service));
  return weights.length === 1
    ? `${first} % of the requests to ${services} go to it.`
    : `${first} to ${weights.at(-1) ?? first} % of the requests to ${services} go to it.`;
}

/** How a release ended; of one that is under way, where it is. */
export const outcomeWords = {
  ...phaseWords,
  queued: 'next in line',
  none: 'never rolled out',
} as const satisfies Readonly<Record<HistoryItem['outcome'], string>>;

/** For how long users met it, and how many of them. */
export function exposureSentence({ from, since, millis, most }: ExposureView): string {
  if (from === null) return 'No user ever met it.';
  const share = most >= 100 ? 'all users' : `${most} % of the users at most`;
  return since === null ? `It had ${share}, for ${timeSpan(millis)}.` : `It has ${share}.`;
}
