import { isOver, type Revision, type Rollout, type RolloutEvent, recordOf, step } from '#core/release';
import type { Environment } from '#core/system';
import { type Clock, type Failure, type Millis, millis } from '#kernel';
import type { Observation, Store, Target } from '#ports';
import { housekeeping } from './housekeeping.ts';
import { leaseOf, type Ledger } from './ledger.ts';
import { readinessOf } from './observe.ts';
import { bounded, perform } from './perform.ts';
import { currentOf, type EnvironmentRow } from './records.ts';

/** How often the world is looked at: often while something moves, now and then otherwise. */
const busyPace = millis(200);
const idlePace = millis(1_000);
const leaseLength = millis(15_000);

export interface RunnerOptions {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly target: Target;
  readonly clock: Clock;
  /** Identifies this controller among others on the same store. */
  readonly owner: string;
  readonly report: (failure: Failure) => void;
}

/**
 * The only loop: load → step → append → perform → feed back, for one environment. Everything that changes the
 * environment goes through `serial`, one after another; effects run beside it and come back as events.
 */
export interface Runner {
  readonly ledger: Ledger;
  readonly target: Target;
  /** The rollout under way, as of now. */
  active(): Rollout | null;
  epoch(): number;
  /** Runs `work` when nothing else changes the environment. */
  serial<T>(work: () => Promise<T>): Promise<T>;
  /** Begins a rollout that was just committed. To be called within `serial`. */
  begin(rollout: Rollout): Promise<void>;
  /** Hands an event to the rollout under way. */
  send(event: RolloutEvent): Promise<void>;
  /** The world as last seen; looks now when it was never seen. */
  observation(): Promise<Observation>;
  /** Resolves when the rollout under way is over. */
  settled(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export async function createRunner(options: RunnerOptions): Promise<Runner> {
  const { ledger, store, target, clock, owner, report } = options;
  const running = new Map<string, AbortController>();
  const ending = new Set<Promise<void>>();
  const stopped = new AbortController();
  let rollout: Rollout | null = null;
  let revisions: ReadonlyMap<string, Revision> = new Map();
  let epoch = 0;
  let leaseUntil = 0;
  let nextMeasure = 0;
  let nextTidy = 0;
  let lastSeen: Observation | null = null;
  let tail: Promise<unknown> = Promise.resolve();

  function serial<T>(work: () => Promise<T>): Promise<T> {
    // Nothing is changed under a lease that ended meanwhile, as it does while an environment is down.
    const result = tail.then(holdLease).then(work);
    tail = result.catch(() => undefined);
    return result;
  }

  async function holdLease(): Promise<boolean> {
    const now = clock.now();
    if (now < leaseUntil - leaseLength / 2) return true;
    const lease = await store.acquire(leaseOf(ledger.environment.name), owner, leaseLength, now);
    if (!lease.ok) {
      report(lease.error);
      return now < leaseUntil;
    }
    epoch = lease.value.epoch;
    leaseUntil = lease.value.expires;
    return true;
  }

  /** R6: the step and its effects are in the journal before the first of them is performed. */
  async function apply(event: RolloutEvent): Promise<void> {
    if (rollout === null || stopped.signal.aborted) return;
    const before = rollout;
    const now = clock.now();
    const [after, effects] = step(before, event, now);
    if (after === before || JSON.stringify(after) === JSON.stringify(before)) return;
    const record = recordOf(before, after, event, effects);
    const over = isOver(after);
    const environment = over ? settle(ledger.environment, after) : routed(ledger.environment, after);
    const done = await ledger.commit(
      { entries: [{ type: 'rollout', data: record }], rollout: after, ...environment },
      epoch,
    );
    if (!done.ok) {
      report(done.error);
      if (done.error.code === 'store_fenced' || done.error.code === 'store_conflict') stopped.abort();
      return;
    }
    rollout = over ? null : after;
    await giveUp(after);
    for (const effect of over ? [] : effects) launch(effect.id, after);
  }

  /** Effects that the step gave up are cancelled, and have ended before others begin. */
  async function giveUp(after: Rollout): Promise<void> {
    const wanted = new Set(isOver(after) ? [] : after.pending.map((effect) => effect.id));
    for (const [id, controller] of running) if (!wanted.has(id)) controller.abort();
    const left = [...running].filter(([id]) => !wanted.has(id));
    if (left.length > 0) await Promise.all(ending);
  }

  function launch(id: string, state: Rollout): void {
    const effect = state.pending.find((each) => each.id === id);
    if (effect === undefined || running.has(id)) return;
    const controller = new AbortController();
    running.set(id, controller);
    const performer = { target, clock, fence: epoch, revisions, checks: state.plan.checks };
    const work = perform(effect, performer, controller.signal).then((event) => {
      running.delete(id);
      ending.delete(cancelled);
      // A cancelled effect was given up by a step: its outcome is of no interest to the rollout any more.
      if (!controller.signal.aborted) void send(event).catch(unexpected);
    });
    const cancelled = new Promise<void>((resolve) => {
      controller.signal.addEventListener('abort', () => void work.then(resolve, resolve), { once: true });
      void work.then(resolve, resolve);
    });
    controller.signal.addEventListener('abort', () => ending.add(cancelled), { once: true });
    work.catch(unexpected);
  }

  const unexpected = (reason: unknown) =>
    report({
      code: 'engine_broken',
      facts: { reason: reason instanceof Error ? reason.message : String(reason) },
    });

  const send = (event: RolloutEvent) => serial(() => apply(event));

  async function look(): Promise<void> {
    const observation = await target.observe();
    lastSeen = observation;
    if (rollout === null) return;
    const counts = observation.router.counts;
    await send({ type: 'observed', readiness: readinessOf(rollout, observation) });
    const interval = rollout?.plan.policy.gate.interval ?? idlePace;
    if (rollout !== null && clock.now() >= nextMeasure) {
      nextMeasure = clock.now() + interval;
      await send({ type: 'measured', counts });
    }
    await send({ type: 'tick' });
  }

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        if (ledger.environment.status === 'up' && (await holdLease())) {
          await look();
          await tidy();
        }
      } catch (reason) {
        unexpected(reason);
      }
      await clock.sleep(rollout === null ? idlePace : busyPace, stopped.signal);
    }
  }

  /** Revisions that no window points to any more are drained and stopped, when nothing else is going on. */
  async function tidy(): Promise<void> {
    if (rollout !== null || lastSeen === null || clock.now() < nextTidy) return;
    nextTidy = clock.now() + 5_000;
    const seen = lastSeen;
    await serial(async () => {
      if (rollout === null && ledger.environment.status === 'up')
        await housekeeping(ledger, target, seen, clock, epoch, report);
    });
  }

  async function begin(next: Rollout): Promise<void> {
    rollout = next;
    revisions = revisionsOf(next);
    nextMeasure = 0;
    await apply({ type: 'measured', counts: (await target.observe()).router.counts });
    await apply({ type: 'begin' });
  }

  /** After a restart of the controller: the journal says what was under way; its effects are performed again (R6). */
  async function resume(): Promise<void> {
    const { environment, rollout: id } = ledger.environment;
    if (ledger.environment.status !== 'up' || environment === null) return;
    await holdLease();
    const opened = await open(environment);
    if (!opened.ok) report(opened.error);
    if (id === null) return;
    const found = await ledger.rollout(id);
    if (found === null || isOver(found)) return;
    rollout = found;
    revisions = revisionsOf(found);
    if (found.phase === 'planned') await apply({ type: 'begin' });
    for (const effect of found.pending) launch(effect.id, found);
  }

  function open(environment: Environment) {
    const deadline = clock.now() + 120_000;
    const context = { key: `open/${epoch}`, fence: epoch, deadline: deadline as ReturnType<Clock['now']> };
    return bounded(clock, context, stopped.signal, (inner) => target.open(environment, inner));
  }

  await holdLease();
  const resumed = serial(resume).catch(unexpected);
  const looping = resumed.then(loop);

  return {
    ledger,
    target,
    active: () => rollout,
    epoch: () => epoch,
    serial,
    begin,
    send,
    async observation() {
      lastSeen ??= await target.observe();
      return lastSeen;
    },
    async settled(signal) {
      while (rollout !== null && !signal.aborted && !stopped.signal.aborted)
        await clock.sleep(100 as Millis, signal);
    },
    async stop() {
      stopped.abort();
      for (const controller of running.values()) controller.abort();
      await looping.catch(unexpected);
      await tail.catch(() => undefined);
      await store.giveUp(leaseOf(ledger.environment.name), owner);
      await target.release();
    },
  };
}

function revisionsOf({ plan }: Rollout): ReadonlyMap<string, Revision> {
  const all = plan.moves.flatMap(({ next, previous }) => [next, previous]).filter((each) => each !== null);
  return new Map(all.map((revision) => [revision.id, revision]));
}

/** The environment keeps the version of the last table, whoever asked for it. */
function routed(row: EnvironmentRow, rollout: Rollout): { environment?: EnvironmentRow } {
  return row.routeVersion === rollout.routeVersion
    ? {}
    : { environment: { ...row, routeVersion: rollout.routeVersion } };
}

/** What the end of a rollout means for its environment (R9, R12). */
function settle(row: EnvironmentRow, rollout: Rollout): { environment: EnvironmentRow } {
  const { plan, routeVersion } = rollout;
  const base = {
    ...row,
    rollout: null,
    routeVersion,
    stuck: rollout.phase === 'failed' && rollout.mayHaveTraffic,
  };
  if (rollout.phase !== 'promoted') return { environment: base };
  const current = currentOf(row);
  if (current !== plan.release && row.good.includes(plan.release)) {
    const good = row.good.slice(0, row.good.indexOf(plan.release) + 1);
    return { environment: { ...base, good, pinned: true, warm: null } };
  }
  const good = current === plan.release ? row.good : [...row.good, plan.release];
  const warm = plan.from === null ? row.warm : { release: plan.from, until: rollout.keepUntil };
  return { environment: { ...base, good, warm, pinned: current === plan.release ? row.pinned : false } };
}
