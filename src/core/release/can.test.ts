import { describe, expect, it } from 'vitest';
import { hours } from '#kernel';
import { can, type Intent, isForward } from './can.ts';
import type { Stage } from './plan.ts';
import { aPolicy, bench, start } from './release.fixture.ts';
import type { Cause, Common, Phase, Rollout } from './rollout.ts';

const stages: Stage[] = [
  { kind: 'wait', name: 'people', for: 'approval', approval: { role: 'x', people: 1, within: hours(1) } },
  { kind: 'wait', name: 'night', for: 'window', windows: [], freezes: [] },
  ...bench().rollout.plan.stages,
];
const because: Cause = { code: 'aborted', facts: {}, verdict: null, at: start };
const by = { stage: 2, deadline: start } as const;
const awaiting = { phase: 'awaiting', since: start, until: start, approvals: [], opensAt: null } as const;
const holding = { phase: 'holding', stage: 2, since: start, until: start } as const;

const phases = {
  planned: { phase: 'planned' },
  'waiting for people': { ...awaiting, stage: 0 },
  'waiting for a window': { ...awaiting, stage: 1 },
  running: { phase: 'running', ...by, progress: null, finished: false },
  starting: { phase: 'starting', ...by },
  routing: { phase: 'routing', ...by, part: 'route' },
  withdrawing: { phase: 'withdrawing', ...by, part: 'route' },
  trimming: { phase: 'trimming', ...by, part: 'drain' },
  holding: { ...holding, held: false },
  'holding, time over': { ...holding, held: true },
  returning: { phase: 'returning', because, deadline: start },
  restoring: { phase: 'restoring', because, deadline: start, part: 'route' },
  clearing: { phase: 'clearing', because, deadline: start, part: 'drain' },
  promoted: { phase: 'promoted', at: start, keepUntil: start },
  rolledBack: { phase: 'rolledBack', at: start, because },
  failed: { phase: 'failed', at: start, because },
} as const satisfies Record<string, Phase>;

type Supersede = (typeof aPolicy)['supersede'];

function rolloutIn(phase: Phase, changes: Partial<Common> = {}, supersede: Supersede = 'waiting'): Rollout {
  const { rollout } = bench(undefined, { stages, policy: { ...aPolicy, supersede } });
  return { ...rollout, ...changes, ...phase };
}

const intents: readonly Intent[] = ['abort', 'promote', 'approve', 'pause', 'resume', 'supersede'];
const possible = (rollout: Rollout) => intents.filter((intent) => can(intent, rollout)).join(' ');
const paused = { by: 'ann', note: '', at: start };

describe('what may be asked', () => {
  it.each([
    ['planned', 'abort'],
    ['waiting for people', 'abort approve pause supersede'],
    ['waiting for a window', 'abort promote pause supersede'],
    ['running', 'abort pause'],
    ['starting', 'abort pause'],
    ['routing', 'abort pause'],
    ['withdrawing', 'abort pause'],
    ['trimming', 'abort pause'],
    ['holding', 'abort promote pause'],
    ['holding, time over', 'abort promote pause supersede'],
    ['returning', ''],
    ['restoring', ''],
    ['clearing', ''],
    ['promoted', ''],
    ['rolledBack', ''],
    ['failed', ''],
  ] as const)('of one that is %s: %s', (name, all) => {
    expect(possible(rolloutIn(phases[name]))).toBe(all);
    expect(isForward(rolloutIn(phases[name]))).toBe(all !== '');
  });

  it('after something final is neither abort nor supersede (R4)', () => {
    for (const phase of Object.values(phases)) {
      const rollout = rolloutIn(phase, { committed: true }, 'always');
      expect(possible(rollout)).not.toMatch(/abort|supersede/);
    }
  });

  it('of a paused one is resume in place of pause, and it gives way to a newer release', () => {
    expect(possible(rolloutIn(phases.starting, { paused }))).toBe('abort resume supersede');
    expect(possible(rolloutIn(phases.planned, { paused }))).toBe('abort resume supersede');
    expect(possible(rolloutIn(phases.returning, { paused }))).toBe('');
  });

  it('by a newer release is as the policy says', () => {
    const may = (supersede: Supersede, name: keyof typeof phases) =>
      can('supersede', rolloutIn(phases[name], {}, supersede));
    expect([may('always', 'starting'), may('always', 'holding')]).toEqual([true, true]);
    expect([may('refuse', 'waiting for people'), may('refuse', 'holding, time over')]).toEqual([
      false,
      false,
    ]);
    expect(may('always', 'restoring')).toBe(false);
  });

  it('by a newer release is always possible where only the schema is contracted, until that begins', () => {
    const rollout = rolloutIn(phases.running, {}, 'refuse');
    const contract: Rollout = { ...rollout, plan: { ...rollout.plan, manner: 'contract' } };
    expect(can('supersede', rollout)).toBe(false);
    expect(can('supersede', contract)).toBe(true);
    expect(can('supersede', { ...contract, committed: true })).toBe(false);
  });
});
