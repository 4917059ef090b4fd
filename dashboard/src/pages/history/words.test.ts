import { describe, expect, test } from 'vitest';
import type { HistoryItem } from '#api/browser';
import { kindOf, metText, outcomeOf, summaryOf, textOf, whyNotBackOf } from './words.ts';

type Rollout = HistoryItem['rollouts'][number];
type Exposure = Rollout['exposure'];
// Instants are numbers in JSON, branded only inside the control plane.
const at = (millis: number) => millis as Exposure['from'];
const none: Exposure = { from: null, since: null, until: null, millis: 0, most: 0 };

const rollout = (changes: Partial<Rollout>) =>
  ({ id: 1, manner: 'declared', endedAt: at(9), exposure: none, ...changes }) as Rollout;
const item = (changes: Partial<HistoryItem>) =>
  ({
    release: 7,
    by: 'maria',
    note: 'faster start page',
    source: 'git 4f2c91a',
    outcome: 'promoted',
    because: null,
    current: false,
    rollouts: [rollout({})],
    ...changes,
  }) as HistoryItem;

describe('what became of a release', () => {
  test.each([
    ['promoted', 'promoted', 'promoted'],
    ['rolledBack', 'rolledBack', 'rolled back'],
    ['failed', 'failed', 'failed'],
    ['holding', 'underWay', 'under way'],
    ['queued', 'underWay', 'queued'],
    ['none', 'other', 'not rolled out'],
  ] as const)('%s is filtered as %s and called "%s"', (outcome, kind, word) => {
    expect([kindOf(item({ outcome })), outcomeOf(item({ outcome })).word]).toEqual([kind, word]);
  });
});

describe('for how long users met it', () => {
  test.each([
    ['never', none, 'no user met it'],
    ['for a while', { ...none, from: at(0), millis: 141_000, most: 25 }, '2m 21s, at most 25 %'],
    [
      'and still',
      { ...none, from: at(0), since: at(60_000), millis: 30_000, most: 100 },
      '1m 30s, all users',
    ],
  ])('%s', (_, exposure, text) => {
    expect(metText(exposure, 120_000)).toBe(text);
  });
});

test('a release is found by its number, person, note, source and cause', () => {
  const text = textOf(item({ because: 'the error share of Edge is 4 %' }));
  for (const part of ['7', 'maria', 'start page', '4f2c', 'share of edge']) expect(text).toContain(part);
});

test('the summary counts what went back among the last twenty', () => {
  const items = Array.from({ length: 30 }, (_, n) =>
    item({ release: 30 - n, current: n === 0, outcome: n % 5 === 1 ? 'rolledBack' : 'promoted' }),
  );
  expect(summaryOf(items)).toBe('Release 30 serves. Of the last 20 releases 4 went back or failed.');
});

test('nobody goes back past a release that is under way, but past a contracting schema', () => {
  const moving = (manner: Rollout['manner']) =>
    item({ release: 8, rollouts: [rollout({ manner, endedAt: null })] });
  expect(whyNotBackOf([moving('declared')])).toContain('Release 8 is under way');
  expect(whyNotBackOf([moving('contract')])).toBeNull();
  expect(whyNotBackOf([item({})])).toBeNull();
});
