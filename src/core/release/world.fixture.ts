import type { Counts } from '#core/gate';
import { answers } from './release.fixture.ts';
import { after, type Instant, instant, type Millis } from '#kernel';
import type { Effect } from './effect.ts';
import type { RolloutEvent } from './event.ts';
import type { RolloutPlan } from './plan.ts';
import type { Readiness, Rollout } from './rollout.ts';
import type { RouteTable } from './route.ts';
import { plannedRollout, step } from './step.ts';

/** What is there of one revision. */
export interface Present {
  ready: readonly Instant[];
  crashes: number;
  /** How many are to take jobs; the target sees to it also when one dies and is replaced. */
  active: number;
}

/** One step of the machine with the world it was taken in. */
export interface Taken {
  readonly before: Rollout;
  readonly event: RolloutEvent;
  readonly after: Rollout;
  readonly effects: readonly Effect[];
  readonly now: Instant;
  readonly world: ModelWorld;
}

export interface ModelWorld {
  readonly present: Map<string, Present>;
  /** The table that the router has in force. */
  table: RouteTable;
  /** What was performed, as `do revision keep`, with how often. */
  readonly performed: Map<string, number>;
  readonly totals: Map<string, { requests: number; failures: number }>;
}

/** States are sent through JSON between steps when this is set: what a state cannot say there, it does not know. */
const isTwin = process.env['FAIRWAY_TWIN'] !== undefined;

export type ModelBench = ReturnType<typeof modelBench>;

/** A rollout with a small world beside it that does what it is told, when it is told to. */
export function modelBench(plan: RolloutPlan, look: (taken: Taken) => void) {
  let now = instant(1_700_000_000_000);
  let epoch = 0;
  let rollout: Rollout = plannedRollout(plan, 5, now);
  const world: ModelWorld = {
    present: new Map(
      plan.moves.flatMap(({ previous, previousReplicas, consumes }) => {
        if (previous === null) return [];
        const ready = Array.from({ length: previousReplicas }, () => now);
        return [[previous.id, { ready, crashes: 0, active: consumes ? previousReplicas : 0 }] as const];
      }),
    ),
    table: { version: 5, routes: [] },
    performed: new Map(),
    totals: new Map(),
  };

  function send(event: RolloutEvent): void {
    const before = rollout;
    const [stepped, effects] = step(before, event, now);
    const isChanged = stepped !== before;
    rollout = isTwin && isChanged ? (JSON.parse(JSON.stringify(stepped)) as Rollout) : stepped;
    look({ before, event, after: rollout, effects, now, world });
  }

  const counted = () =>
    [...world.totals].map(([key, { requests, failures }]): Counts => {
      const [service = '', revision = ''] = key.split(' ');
      return { service, revision, epoch: String(epoch), ...answers(requests, failures), replicas: [] };
    });

  const at = (revision: string): Present =>
    world.present.get(revision) ?? { ready: [], crashes: 0, active: 0 };

  /** The deed, without anybody hearing of it. */
  function perform(effect: Effect): void {
    const name = `${effect.do} ${'revision' in effect ? `${effect.revision} ` : ''}${'keep' in effect ? effect.keep : ''}`;
    world.performed.set(name, (world.performed.get(name) ?? 0) + 1);
    switch (effect.do) {
      case 'ensureReplicas': {
        const present = at(effect.revision);
        const more = Math.max(0, effect.count - present.ready.length);
        const ready = [...present.ready, ...Array.from({ length: more }, () => now)];
        world.present.set(effect.revision, { ...present, ready });
        return;
      }
      case 'setRoute':
        if (effect.table.version > world.table.version) world.table = effect.table;
        return;
      case 'consume':
        world.present.set(effect.revision, { ...at(effect.revision), active: effect.active });
        return;
      case 'drain':
      case 'stop': {
        const present = at(effect.revision);
        const active = Math.min(present.active, effect.keep);
        world.present.set(effect.revision, {
          ...present,
          ready: present.ready.slice(0, effect.keep),
          active,
        });
        return;
      }
      default:
    }
  }

  function readiness(): Readiness[] {
    return [...world.present].map(([revision, { ready, crashes }]) => ({
      revision,
      readySince: ready,
      running: ready.length,
      crashes,
      detail: null,
    }));
  }

  return {
    world,
    send,
    perform,
    at,
    /** The deed and its result. */
    complete(effect: Effect): void {
      perform(effect);
      if (effect.do === 'runJob') send({ type: 'jobDone', id: effect.id, exitCode: 0, detail: '' });
      else if (effect.do === 'runCheck') send({ type: 'checkDone', id: effect.id, green: true, detail: '' });
      else send({ type: 'effectDone', id: effect.id });
    },
    observe: () => send({ type: 'observed', readiness: readiness() }),
    crash(revision: string): void {
      const present = at(revision);
      world.present.set(revision, {
        ready: present.ready.slice(1),
        crashes: present.crashes + 1,
        active: present.active,
      });
    },
    /** The target starts again what died. */
    restart(revision: string, count: number): void {
      const present = at(revision);
      const more = Array.from({ length: Math.max(0, count - present.ready.length) }, () => now);
      world.present.set(revision, { ...present, ready: [...present.ready, ...more] });
    },
    /** Requests of every arm with weight, in equal numbers. */
    answer(requests: number, failingShare: number, of: 'canary' | 'stable' | 'all' = 'all'): void {
      for (const { service, arms } of world.table.routes) {
        for (const { revision, role, weight } of arms) {
          if (weight === 0) continue;
          const total = world.totals.get(`${service} ${revision}`) ?? { requests: 0, failures: 0 };
          total.requests += requests;
          if (of === 'all' || of === role) total.failures += Math.round(requests * failingShare);
          world.totals.set(`${service} ${revision}`, total);
        }
      }
      send({ type: 'measured', counts: counted() });
    },
    /** A look at which nobody can tell the counts of a revision. */
    unread(revision: string | undefined): void {
      const unread = plan.moves.flatMap(({ service, next, previous }) =>
        revision !== undefined && (next?.id === revision || previous?.id === revision)
          ? [{ service, revision, sentence: 'nobody answers' }]
          : [],
      );
      send({ type: 'measured', counts: counted().filter((each) => each.revision !== revision), unread });
    },
    /** What counts begins anew at nothing. */
    recount(): void {
      world.totals.clear();
      epoch += 1;
    },
    wait(length: Millis): void {
      now = after(now, length);
    },
    /** Half of an arm's requests fails over four looks: more than any single blip could explain. */
    hurt(of: 'canary' | 'all' = 'canary'): void {
      for (let look = 0; look < 4; look += 1) {
        this.answer(100, 0.5, of);
        now = after(now, 11_000 as Millis);
      }
    },
    begin(): void {
      send({ type: 'measured', counts: [] });
      observeOnce();
      send({ type: 'begin' });
    },
    get rollout() {
      return rollout;
    },
    get now() {
      return now;
    },
  };

  function observeOnce(): void {
    send({ type: 'observed', readiness: readiness() });
  }
}
