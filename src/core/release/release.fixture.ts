import { bucketOf, type Counts } from '#core/gate';
import type { Service, Strategy } from '#core/system';
import { after, days, type Instant, instant, millis, minutes, percent, seconds } from '#kernel';
import { shiftsOf } from '#core/plan';
import type { Effect } from './effect.ts';
import type { RolloutEvent } from './event.ts';
import type { Manner, Move, RolloutPlan } from './plan.ts';
import { revisionOf } from './revision.ts';
import type { Rollout } from './rollout.ts';
import { plannedRollout, step } from './step.ts';

/** Builders for tests of what stands on the release machine. */

export const start = instant(1_000_000);

export const tenThenAll: Strategy = {
  kind: 'canary',
  by: 'requests',
  advance: 'gate',
  steps: [
    { weight: percent(10), hold: seconds(20), gate: true },
    { weight: percent(100), hold: seconds(0), gate: false },
  ],
};

export function aService(name: string, changes: Partial<Service> = {}): Service {
  return {
    name,
    folder: name,
    include: [],
    command: ['node', 'main.ts'],
    env: {},
    secrets: [],
    needs: [],
    exposure: 'private',
    traffic: 'http',
    port: null,
    replicas: 2,
    resources: { memory: null, cpu: null },
    probes: { live: null, ready: null, startup: null },
    shutdown: { drain: seconds(5), websocketDrain: seconds(5), grace: seconds(5) },
    affinity: null,
    consumer: null,
    strategy: tenThenAll,
    ...changes,
  };
}

export const aRevision = (service: Service, build: string) => revisionOf(service, build, {});

export function aMove(service: Service, change: 'new' | 'changed' | 'removed' = 'changed'): Move {
  const next = change === 'removed' ? null : aRevision(service, 'new');
  const previous = change === 'new' ? null : aRevision(service, 'old');
  const count = (present: unknown) => (present === null ? 0 : service.replicas);
  const { name, traffic } = service;
  return {
    service: name,
    traffic,
    consumes: service.consumer !== null,
    next,
    previous,
    nextReplicas: count(next),
    previousReplicas: count(previous),
  };
}

export const aGate: RolloutPlan['policy']['gate'] = {
  errorShare: percent(1),
  slowerThan: millis(250),
  slowShare: percent(5),
  minimumRequests: 100,
  latencyTolerance: millis(10),
  warmUp: seconds(0),
  interval: seconds(1),
  falseAlarms: percent(1),
  promote: 'atDeadline',
  minimumHold: minutes(5),
  onInconclusive: 'hold',
  expected: null,
  checks: [],
};

export const aPolicy: RolloutPlan['policy'] = {
  gate: aGate,
  startDeadline: minutes(2),
  routeDeadline: seconds(10),
  deadline: days(7),
  keepOld: minutes(30),
  watch: seconds(0),
  approval: null,
  window: null,
  freezes: [],
  supersede: 'waiting',
  hooks: { before: [], after: [] },
  migrations: null,
};

/** Drives a rollout by hand, with a little world beside it that does what it is told. */
export function bench(
  moves: readonly Move[] = [aMove(aService('edge'))],
  changes: Partial<RolloutPlan> = {},
  manner: Manner = 'declared',
) {
  const plan: RolloutPlan = {
    id: 1,
    manner,
    release: 2,
    from: 1,
    moves,
    stages: shiftsOf(moves, manner),
    otherRoutes: [],
    policy: aPolicy,
    checks: [],
    contractAfter: null,
    leaves: false,
    ...changes,
  };
  const replicas = new Map<
    string,
    { count: number; since: Instant; crashes: number; detail: string | null }
  >();
  for (const move of moves) {
    if (move.previous)
      replicas.set(move.previous.id, {
        count: move.previousReplicas,
        since: start,
        crashes: 0,
        detail: null,
      });
  }
  const told: Effect[] = [];
  let rollout: Rollout = plannedRollout(plan, 5, start);
  let now: Instant = start;

  const send = (event: RolloutEvent): readonly Effect[] => {
    const [next, effects] = step(rollout, event, now);
    rollout = next;
    told.push(...effects);
    return effects;
  };
  const observe = () =>
    send({
      type: 'observed',
      readiness: [...replicas].map(([revision, { count, since, crashes, detail }]) => ({
        revision,
        readySince: Array.from({ length: count }, () => since),
        running: count,
        crashes,
        detail,
      })),
    });
  const perform = (effect: Effect) => {
    const { count = 0, ...rest } = ('revision' in effect ? replicas.get(effect.revision) : undefined) ?? {
      since: now,
      crashes: 0,
      detail: null,
    };
    if (effect.do === 'ensureReplicas')
      replicas.set(effect.revision, { ...rest, count: Math.max(count, effect.count) });
    if (effect.do === 'stop') replicas.set(effect.revision, { ...rest, count: Math.min(count, effect.keep) });
    send({ type: 'effectDone', id: effect.id });
  };
  /** Performs everything that is asked until nothing is asked any more. */
  const run = () => {
    for (
      let rounds = 0;
      rounds < 100 && rollout.pending.some((effect) => effect.do !== 'runCheck');
      rounds++
    ) {
      for (const effect of rollout.pending.filter((each) => each.do !== 'runCheck')) perform(effect);
      observe();
    }
  };
  return {
    told,
    replicas,
    send,
    observe,
    run,
    perform,
    /** So many seconds; below 0: the clock is set back. */
    wait: (length: number) => {
      now = instant(now + length * 1_000);
    },
    get rollout() {
      return rollout;
    },
    get phase() {
      return rollout.phase;
    },
    get weights() {
      const table = told.findLast((effect) => effect.do === 'setRoute');
      return table?.do === 'setRoute'
        ? table.table.routes.map((route) => route.arms.map((arm) => arm.weight))
        : [];
    },
    /** A quarter of a revision's requests fails over three looks: more than any single blip could explain. */
    hurt(revision: string, service = 'edge', before = 0): void {
      for (const look of [1, 2, 3]) {
        send({ type: 'measured', counts: [counts(revision, before + look * 40, look * 10, service)] });
        now = after(now, seconds(11));
      }
    },
    begin: () => {
      send({ type: 'measured', counts: [] });
      send({ type: 'begin' });
    },
  };
}

export function counts(revision: string, requests: number, failures: number, service = 'edge'): Counts {
  return { service, revision, epoch: 'a', ...answers(requests, failures), replicas: [] };
}

/** Totals in which every answer took 10 ms. */
export const answers = (requests: number, failures: number) => {
  const buckets = Array.from({ length: bucketOf(10) + 1 }, (_, i) =>
    i === bucketOf(10) ? requests - failures : 0,
  );
  return { requests, failures, buckets };
};

export const canaryOf = (rollout: Rollout) => rollout.plan.moves[0]?.next?.id ?? '';
export const stableOf = (rollout: Rollout) => rollout.plan.moves[0]?.previous?.id ?? '';
