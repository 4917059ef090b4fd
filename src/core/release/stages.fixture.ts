import { expect } from 'vitest';
import { percent, seconds } from '#kernel';
import type { RolloutPlan, Shift, Stage } from './plan.ts';
import { bench, canaryOf, counts, start } from './release.fixture.ts';

/** A rollout of one service over stages that a test writes down itself. */
export type World = ReturnType<typeof bench>;

export const canaryStage = (changes: Partial<Shift> = {}, next = 1, previous = 2, weight = 10): Shift => ({
  kind: 'shift',
  name: 'step',
  services: [{ service: 'edge', next, previous, weight: percent(weight), active: null, stepping: true }],
  hold: seconds(20),
  gate: 'pass',
  advance: 'gate',
  settle: seconds(0),
  ...changes,
});
export const all = canaryStage({ hold: seconds(0), gate: 'none', name: 'all' }, 2, 2, 100);

export const paused = { type: 'pause', by: 'ann', note: '' } as const;
export const resume = { type: 'resume', by: 'ann', note: '' } as const;
export const tick = { type: 'tick' } as const;

export function begun(stages: readonly Stage[], changes: Partial<RolloutPlan> = {}): World {
  const world = bench(undefined, { stages, ...changes });
  world.begin();
  return world;
}

export function holding(
  stages: readonly Stage[] = [canaryStage(), all],
  changes: Partial<RolloutPlan> = {},
): World {
  const world = begun(stages, changes);
  world.run();
  expect(world.phase).toBe('holding');
  return world;
}

export const measure = (world: World, requests: number, failures = 0) =>
  world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), requests, failures)] });

export const setReplicas = (
  world: World,
  revision: string,
  count: number,
  crashes = 0,
  detail: string | null = null,
) => {
  world.replicas.set(revision, { count, since: start, crashes, detail });
  world.observe();
};

export const acts = (world: World, from = 0) => world.told.slice(from).map((effect) => effect.do);
