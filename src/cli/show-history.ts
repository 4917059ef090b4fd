import {
  dayAndTime,
  type ExplainView,
  type ExposureView,
  type HistoryItem,
  type HistoryRollout,
  timeOfDay,
  timeSpan,
} from '#api';
import type { Verdict } from '#core/gate';
import { table } from './table.ts';

/** Everything that was done, newest first: when, what became of it, who and why; below it the cause and what users met. */
export function historyLines(items: readonly HistoryItem[], now: number): string[] {
  if (items.length === 0) return ['no releases yet; "fairway up" makes the first one'];
  const done = items
    .flatMap((item) => item.rollouts.map((rollout) => ({ item, rollout })))
    .toSorted((a, b) => b.rollout.id - a.rollout.id);
  const lines: Line[] = [
    ...items.filter(({ outcome }) => outcome === 'queued').map((item) => queuedLine(item, now)),
    ...done.map(({ item, rollout }) => ({
      cells: [
        `${isLast(item, rollout) ? markOf(item) : ' '} ${item.release}`,
        dayAndTime(rollout.startedAt),
        `${timeSpan(now - rollout.startedAt)} ago`,
        whatBecame(rollout, now),
        rollout.by,
        storyOf(item, rollout),
      ],
      below: rollout.because === null ? [] : [rollout.because, metText(rollout, now)],
    })),
  ];
  const [header = '', ...rows] = table([
    ['  RELEASE', 'BEGUN', '', 'OUTCOME', 'BY', ''],
    ...lines.map(({ cells }) => cells),
  ]);
  return [
    header,
    ...rows.flatMap((row, i) => [row, ...(lines[i]?.below ?? []).map((text) => `             ${text}`)]),
    '',
    '* serves now   ~ warm: "fairway rollback" is a matter of moments   < can be gone back to',
  ];
}

interface Line {
  readonly cells: readonly string[];
  readonly below: readonly string[];
}

const queuedLine = ({ release, createdAt, by, note }: HistoryItem, now: number): Line => ({
  cells: [
    `  ${release}`,
    dayAndTime(createdAt),
    `${timeSpan(now - createdAt)} ago`,
    'queued',
    by,
    quoted(note),
  ],
  below: [],
});

/** The mark of a release stands at the last thing that was done with it. */
const isLast = ({ rollouts }: HistoryItem, rollout: HistoryRollout) =>
  rollouts.find(({ manner }) => manner !== 'contract') === rollout;

const markOf = ({ current, warm, reachable }: HistoryItem) =>
  current ? '*' : warm ? '~' : reachable ? '<' : ' ';

function whatBecame({ manner, outcome, startedAt, endedAt }: HistoryRollout, now: number): string {
  const took = short((endedAt ?? now) - startedAt);
  if (endedAt === null) return `under way for ${took} (${outcome})`;
  if (outcome === 'rolledBack') return `rolled back after ${took}`;
  if (outcome === 'failed') return `failed after ${took}`;
  const words = {
    declared: 'promoted',
    direct: 'gone back to',
    first: 'started',
    contract: 'schema contracted',
  } as const;
  return `${words[manner]} in ${took}`;
}

function storyOf({ note, release }: HistoryItem, { note: own, manner, from }: HistoryRollout): string {
  if (manner === 'contract') return `of release ${release}: nothing older can be gone back to`;
  const back = manner === 'direct' && from !== null ? `from release ${from}` : '';
  return [quoted(own === '' && manner === 'first' ? note : own), back]
    .filter((part) => part !== '')
    .join(', ');
}

const quoted = (text: string) => (text === '' ? '' : `"${text}"`);

function metText({ exposure, requests, failures, because }: HistoryRollout, now: number): string {
  if (exposure.from === null) return 'no user met it';
  const isCounted = because?.includes(`${count(failures)} of ${count(requests)} canary requests`) === true;
  const counts =
    requests === 0 || isCounted ? '' : `; ${count(failures)} of ${count(requests)} requests failed on it`;
  return `users were on it for ${short(lengthOf(exposure, now))}, at most ${exposure.most} % of them${counts}`;
}

/** 12,345: as the gate's sentences write it. */
const count = (value: number) => value.toLocaleString('en-GB');
const lengthOf = ({ since, millis }: ExposureView, now: number) =>
  millis + (since === null ? 0 : now - since);

/** Tenths of seconds where seconds are too coarse. */
const short = (millis: number) =>
  millis < 60_000 ? `${(Math.max(0, millis) / 1_000).toFixed(1)}s` : timeSpan(millis);

/** Why it ended as it did: the cause, who asked for it, what users met, the figures of the gate, and what happened when. */
export function explainLines(view: ExplainView, all: boolean, now: number): string[] {
  const { rollout } = view;
  const verdict = rollout.because === null ? rollout.verdict : rollout.because.verdict;
  const facts = [
    ...(rollout.becauseSentence === null ? [] : [['cause', rollout.becauseSentence]]),
    ['asked', askedText(view)],
    ...(rollout.waitsFor === null ? [] : [['waits for', rollout.waitsFor.sentence]]),
    ...usersText(view, now).map((text, i) => [i === 0 ? 'users' : '', text]),
    ...rollout.ignored.map((sentence) => ['only told', sentence]),
    ['now', view.serves === null ? 'nothing serves' : `release ${view.serves} serves`],
  ];
  const shown = view.timeline.filter(({ sentence, level }) => sentence !== null && (all || level === 'main'));
  const lines = shown.map(({ at, sentence }) => [
    timeOfDay(at),
    `+${short(at - rollout.startedAt)}`,
    sentence ?? '',
  ]);
  return [
    headline(view, now),
    ...table(facts.map(([name = '', text = '']) => [`  ${name}`, text])),
    ...(verdict === null
      ? []
      : [
          '',
          `the gate said ${verdict.kind === 'notMeasured' ? 'not measured' : verdict.kind}`,
          ...unsignalled(verdict).map((need) => `  missing ${need}`),
          ...verdict.signals.map((signal) => `  ${signal.state.padEnd(8)}${signal.sentence}`),
          ...('estimate' in verdict && verdict.estimate !== null ? [`  ${verdict.estimate.sentence}`] : []),
        ]),
    '',
    ...table(lines),
  ];
}

/** What the gate lacks beside what its signals say: counts that nobody could read. */
function unsignalled(verdict: Verdict): readonly string[] {
  if (!('needs' in verdict)) return [];
  const told = new Set(verdict.signals.map(({ sentence }) => sentence));
  return verdict.needs.filter((need) => !told.has(need));
}

function headline({ release, environment, rollout, endedAt }: ExplainView, now: number): string {
  const words: Readonly<Record<string, string>> = {
    promoted:
      rollout.manner === 'direct'
        ? 'was gone back to'
        : rollout.manner === 'first'
          ? 'was started'
          : 'was promoted',
    rolledBack: 'was rolled back',
    failed: 'failed',
  };
  const what = words[rollout.phase];
  if (endedAt === null || what === undefined)
    return `release ${release} of ${environment} is under way: ${rollout.phase}, for ${short(now - rollout.startedAt)}`;
  return `release ${release} of ${environment} ${what} on ${dayAndTime(endedAt).slice(0, 10)} at ${timeOfDay(endedAt)} (${timeSpan(now - endedAt)} ago), ${short(endedAt - rollout.startedAt)} after it began`;
}

function askedText({ by, note, rollout }: ExplainView): string {
  const isContract = rollout.manner === 'contract';
  const from = rollout.from === null ? 'the first one' : isContract ? '' : `from release ${rollout.from}`;
  const manners = { direct: 'going back', contract: 'contracting the schema', first: 'starting everything' };
  const manner = manners[rollout.manner as keyof typeof manners];
  return [`by ${by === '' ? 'unknown' : by}`, quoted(note), from, manner ?? '']
    .filter((part) => part !== '')
    .join(', ');
}

/** For how long users were on the new revisions, and what each arm answered. */
function usersText({ rollout, exposure }: ExplainView, now: number): string[] {
  if (rollout.manner !== 'declared') return [];
  if (exposure.from === null) return ['no user met the new revisions'];
  const { from, since, until, most } = exposure;
  const end = since !== null || until === null ? 'now' : timeOfDay(until);
  const share = most === 100 ? 'in the end all of them' : `at most ${most} %`;
  const isLasting = rollout.phase === 'promoted';
  const time = isLasting
    ? `the new revisions have had traffic since ${timeOfDay(from)}`
    : `the new revisions had traffic for ${short(lengthOf(exposure, now))} (${timeOfDay(from)} to ${end}), ${share}`;
  const arms = rollout.arms
    .filter(({ requests }) => requests > 0)
    .map(({ service, role, requests, failures, p95 }) => {
      const quick = p95 === null ? '' : `, 95 % within ${p95} ms`;
      return `${service}, ${role === 'canary' ? 'new' : 'old'} revision: ${requests} requests, ${failures} failed (${shareOf(failures, requests)})${quick}`;
    });
  return [time, ...arms.map((arm, i) => (i === 0 ? `in the last step ${arm}` : `  ${arm}`))];
}

const shareOf = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
