import { describe, expect, it } from 'vitest';
import type { RolloutRecord } from '#core/release';
import { aMove, aPolicy, aService, bench } from '#core/release/fixture';
import { instant } from '#kernel';
import { nothingTold, tell } from './tell.ts';

const { plan } = bench([aMove(aService('edge'))]).rollout;
const stage = plan.stages[0]?.name ?? '';

const holding: RolloutRecord = {
  rollout: 1,
  release: 2,
  event: { type: 'tick' },
  before: 'holding',
  phase: 'holding',
  stage,
  effects: [],
  verdict: null,
  because: null,
  held: false,
  over: false,
};
const lineOf = (changes: Partial<RolloutRecord>, onInconclusive = aPolicy.gate.onInconclusive) => {
  const policy = { ...aPolicy, gate: { ...aPolicy.gate, onInconclusive } };
  const record = { ...holding, ...changes };
  const told = { ...nothingTold, stage };
  return tell({ record, plan: { ...plan, policy }, at: instant(0), told, explain: ({ code }) => code });
};

describe('a hold whose time is over', () => {
  it('is told when it is prolonged, and until when', () => {
    const { sentence, level } = lineOf({ until: instant(0) }, 'extend');
    expect(sentence).toMatch(/^canary 10 % of edge: the evidence does not suffice yet, held until \d\d:\d\d/);
    expect(level).toBe('main');
  });

  it('waits for evidence, or for a person where one is to be asked', () => {
    const waits = 'canary 10 % of edge: its time is over, it waits for ';
    expect(lineOf({ held: true }).sentence).toBe(`${waits}evidence ("fairway status" says which)`);
    expect(lineOf({ held: true }, 'ask').sentence).toBe(
      `${waits}a person, since the evidence does not suffice ("fairway promote")`,
    );
    const verdict = { kind: 'inconclusive', needs: ['more'], estimate: null, signals: [] } as const;
    expect(lineOf({ held: true, verdict }, 'ask').sentence).toBe(
      `${waits}a person, since the evidence does not suffice ("fairway promote"): inconclusive: more`,
    );
  });
});

it('that nobody is on the new revision is told only once it is so', () => {
  const again = { before: 'withdrawing', phase: 'starting' } as const;
  expect(lineOf({ ...again, event: { type: 'effectDone', id: '1/3.1' } }).sentence).toContain('nobody is on');
  const failure = { code: 'router_unreachable', facts: {} };
  expect(lineOf({ ...again, event: { type: 'effectFailed', id: '1/3.1', failure } }).sentence).toBe(
    'canary 10 % of edge: the previous revision was lost as well; replicas of the new one are started again',
  );
});
