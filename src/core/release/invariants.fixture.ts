import { can, isForward } from './can.ts';
import type { Effect } from './effect.ts';
import type { Shift } from './plan.ts';
import type { Rollout } from './rollout.ts';
import { isOver } from './step.ts';
import { isWatching } from './watch.ts';
import type { Taken } from './world.fixture.ts';

/**
 * The invariants of the design, each by its name, over one step of the machine in its world. R13 is not one of the machine:
 * the honour table and `check` hold it before a rollout exists.
 */
export const invariants: Readonly<Record<string, (taken: Taken) => void>> = {
  'R1 capacity before share': ({ after, effects, world }) => {
    const goal = goalOf(after);
    for (const effect of effects) {
      // On the way back it is a resume of what took jobs before; the target waits for the replicas to be ready.
      if (
        effect.do === 'consume' &&
        effect.active > 0 &&
        isForward(after) &&
        after.phase !== 'withdrawing' &&
        isNextOf(after, effect.revision)
      )
        holds(readyOf(after, effect.revision) >= effect.active, () => `R1: ${effect.revision}`);
      if (effect.do !== 'setRoute') continue;
      for (const { arms, service } of effect.table.routes) {
        const move = after.plan.moves.find((each) => each.service === service);
        for (const { revision, weight } of arms) {
          const arm = world.table.routes.find((each) => each.service === service)?.arms;
          const had = arm?.find((each) => each.revision === revision)?.weight;
          const isNext = revision === move?.next?.id;
          if (weight <= (had ?? (arm === undefined && !isNext ? 100 : 0))) continue; // it carries that much already
          const share = goal?.services.find((each) => each.service === service);
          const needed = isNext
            ? Math.max(1, share?.next ?? 1)
            : (share?.previous ?? move?.previousReplicas ?? 0);
          // The truth of the world, not what was seen of it: replicas must not have been taken away since by an own effect.
          const ready = world.present.get(revision)?.ready.length ?? 0;
          holds(ready >= needed, () => `R1: ${revision} at ${weight} %, ${ready} of ${needed} ready`);
        }
      }
    }
  },

  'R2 acknowledged before what depends on it': ({ before, after, effects, world }) => {
    for (const effect of effects) {
      if (effect.do === 'setRoute') {
        for (const { service, arms } of effect.table.routes)
          holds(sum(arms.map(({ weight }) => weight)) === 100, () => `R2: weights of ${service}`);
        if (isFirst(effect)) holds(effect.table.version > before.routeVersion, () => 'R2: versions grow');
      }
      if (effect.do === 'drain' || effect.do === 'stop') {
        const isServed = after.plan.moves.some(({ traffic }) => traffic === 'http') && after.routeVersion > 5;
        if (isServed) holds(world.table.version === after.routeVersion, () => 'R2: acknowledged first');
      }
    }
  },

  'R3 no share, drained, stopped': ({ after, effects, world }) => {
    for (const effect of effects) {
      if (effect.do !== 'stop' && effect.do !== 'drain') continue;
      const move = after.plan.moves.find(
        ({ next, previous }) => next?.id === effect.revision || previous?.id === effect.revision,
      );
      const share = goalOf(after)?.services.find(({ service }) => service === move?.service);
      const isDeclaredGap = share !== undefined && share.next + share.previous === 0 && move?.next !== null;
      if (effect.keep === 0 && move?.traffic === 'http' && !isDeclaredGap) {
        const arm = world.table.routes
          .flatMap(({ arms }) => arms)
          .find((each) => each.revision === effect.revision);
        holds((arm?.weight ?? 0) === 0, () => `R3: ${effect.revision} has ${String(arm?.weight)} %`);
      }
      if (effect.do === 'stop' && move?.traffic === 'http')
        holds(
          world.performed.has(`drain ${effect.revision} ${effect.keep}`),
          () => `R3: ${effect.revision} was not drained`,
        );
    }
  },

  'R4 abort outranks': ({ before, event, after }) => {
    if (isOver(before)) return;
    const mayAbort = isForward(before) && !before.committed;
    holds(can('abort', before) === mayAbort, () => 'R4: legal in every phase before something final');
    if (event.type === 'abort' && mayAbort)
      holds(!isForward(after), () => 'R4: an abort leaves the way forward');
    if (!isForward(before)) holds(!isForward(after), () => 'R4: no way forward again');
    if (before.committed) holds(after.committed, () => 'R4: what is final stays so');
    if (after.committed && !isForward(after))
      holds(
        ['failed', 'promoted'].includes(after.phase),
        () => `R4: went to ${after.phase} after something final`,
      );
  },

  'R4 nothing is given back once the schema has left it behind': ({ after }) => {
    if (after.committed) holds(after.phase !== 'withdrawing', () => 'R4: withdrawn after something final');
  },

  'R5 every wait has a deadline': ({ after }) => {
    for (const effect of after.pending) holds(effect.deadline > effect.notBefore, () => `R5: ${effect.id}`);
    if (isOver(after)) return;
    holds(Number.isFinite(after.overBy), () => 'R5: the rollout');
    if ('deadline' in after) holds(Number.isFinite(after.deadline), () => `R5: ${after.phase}`);
    if ('until' in after) holds(Number.isFinite(after.until), () => `R5: ${after.phase}`);
  },

  'R6 effects are data that survive': ({ before, after, effects }) => {
    const ids = after.pending.map(({ id }) => id);
    holds(new Set(ids).size === ids.length, () => 'R6: one id, one effect');
    holds(after.effectsIssued >= before.effectsIssued, () => 'R6: numbers only grow');
    for (const { id } of effects) holds(ids.includes(id), () => `R6: ${id} is journaled with the state`);
  },

  'R7 only evidence passes': ({ before, event, after }) => {
    if (before.phase !== 'holding' || event.type === 'promote') return;
    const stage = before.plan.stages[before.stage] as Shift;
    if (stage.gate !== 'pass' || !hasGoneOn(before, after)) return;
    const verdict = after.phase === 'holding' ? after.watch.verdict : (before.watch.verdict ?? null);
    const passed = after.watch.verdict?.kind === 'pass' || verdict?.kind === 'pass';
    holds(passed, () => `R7: left ${stage.name} with ${verdict?.kind ?? 'no verdict'}`);
  },

  'R7 only proof passes before the time is over': ({ before, event, after, now }) => {
    if (before.phase !== 'holding' || event.type === 'promote') return;
    if (now >= before.until || !hasGoneOn(before, after)) return;
    const { promote, minimumHold } = before.plan.policy.gate;
    const { verdict } = after.watch;
    holds(promote === 'onEvidence' && after.paused === null, () => 'R7: nobody allowed it');
    holds(now - before.since >= minimumHold, () => `R7: after ${now - before.since} of ${minimumHold}`);
    holds(
      verdict?.kind === 'pass' && verdict.because === 'proven',
      () => `R7: ${verdict?.kind ?? 'nothing'} is no proof`,
    );
  },

  'R8 harm is acted on everywhere': ({ before, after }) => {
    if (!isWatching(after)) return;
    holds(after.watch.verdict?.kind !== 'fail', () => `R8: in ${after.phase}, from ${before.phase}`);
  },

  'R9 the way back stays warm': ({ after, effects }) => {
    for (const effect of effects) {
      if (effect.do !== 'stop' && effect.do !== 'drain') continue;
      const move = after.plan.moves.find(({ previous }) => previous?.id === effect.revision);
      if (move === undefined) continue;
      holds(after.phase === 'trimming', () => 'R9: previous revisions leave on the way forward only');
      const share = goalOf(after)?.services.find(({ service }) => service === move.service);
      holds(effect.keep === share?.previous, () => 'R9: no more than the stage says');
    }
    if (after.phase === 'promoted')
      holds(
        after.keepUntil === after.at + after.plan.policy.keepOld,
        () => 'R9: the window is the declared one',
      );
  },

  'R10 the plan is a snapshot': ({ before, after }) => {
    if (after.plan !== before.plan)
      holds(JSON.stringify(after.plan) === JSON.stringify(before.plan), () => 'R10: the plan changed');
  },

  'R11 success is observed': ({ before, after, world }) => {
    if (after.phase !== 'promoted' || before.phase === 'promoted') return;
    for (const move of after.plan.moves) {
      if (move.next === null) continue;
      const { id } = move.next;
      if (move.traffic === 'http') {
        const arms = world.table.routes.find(({ service }) => service === move.service)?.arms ?? [];
        holds(
          arms.find(({ revision }) => revision === id)?.weight === 100,
          () => `R11: ${id} has all traffic`,
        );
      }
      holds(readyOf(after, id) >= move.nextReplicas, () => `R11: ${id} is ready`);
      if (move.consumes) holds((world.present.get(id)?.active ?? 0) > 0, () => `R11: ${id} takes jobs`);
    }
    const isServed = after.plan.moves.some(({ traffic }) => traffic === 'http');
    holds(!isServed || world.table.version === after.routeVersion, () => 'R11: acknowledged');
  },

  'R12 one end, with its first cause': ({ before, after, effects, world }) => {
    if (isOver(before)) {
      holds(after === before && effects.length === 0, () => 'R12: an end is final');
    }
    if ('because' in before && 'because' in after)
      holds(
        after.because.code === before.because.code && after.because.at === before.because.at,
        () => 'R12: the first cause',
      );
    if (after.phase === 'rolledBack' || after.phase === 'failed')
      holds(after.because.code !== '', () => 'R12: a cause');
    if (after.phase !== 'rolledBack') return;
    for (const { previous, consumes, previousReplicas } of after.plan.moves) {
      const active = previous === null ? previousReplicas : (world.present.get(previous.id)?.active ?? 0);
      if (consumes)
        holds(active === previousReplicas, () => `R12: ${active} of ${previousReplicas} take jobs again`);
    }
  },

  'R14 passive consumers are paused': ({ after, effects, world }) => {
    for (const effect of effects) {
      if (effect.do !== 'consume' || effect.active === 0) continue;
      const move = after.plan.moves.find(
        ({ next, previous }) => next?.id === effect.revision || previous?.id === effect.revision,
      );
      const share = goalOf(after)?.services.find(({ service }) => service === move?.service);
      const isNext = move?.next?.id === effect.revision;
      const other = isNext ? move?.previous : move?.next;
      const allowed =
        goalOf(after) === null ? 0 : ((isNext ? share?.active?.previous : share?.active?.next) ?? 0);
      const active = other == null ? 0 : (world.present.get(other.id)?.active ?? 0);
      holds(active <= allowed, () => `R14: ${other?.id ?? ''} still takes jobs`);
    }
  },
};

/** Thousands of these are looked at for each history, so that the sentence is made only when it is needed. */
function holds(condition: boolean, sentence: () => string): void {
  if (!condition) throw new Error(sentence());
}

/** Whether a hold ended on the way forward. */
function hasGoneOn(before: Rollout & { phase: 'holding' }, after: Rollout): boolean {
  const isFurther = isForward(after) && 'stage' in after && after.stage > before.stage;
  return isFurther || after.phase === 'promoted';
}

const isNextOf = ({ plan }: Rollout, revision: string) =>
  plan.moves.some(({ next }) => next?.id === revision);
const isFirst = ({ attempt }: Effect) => attempt === 1;
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

function readyOf(rollout: Rollout, revision: string): number {
  return rollout.seen.find((each) => each.revision === revision)?.readySince.length ?? 0;
}

/** The shares that are being moved to; null: everything back. */
function goalOf(rollout: Rollout): Shift | null {
  if (rollout.phase === 'withdrawing' || !('stage' in rollout)) return null;
  const stage = rollout.plan.stages[rollout.stage];
  return stage?.kind === 'shift' ? stage : null;
}
