import { isOver, type Revision, type Rollout, type RolloutEvent } from '#core/release';
import { after, type Clock, err, type Failure, fail, type Millis, millis, ok, type Result } from '#kernel';
import type { Observation, Store, Target } from '#ports';
import { type Chores, createChores } from './chores.ts';
import { failureOf } from './failure.ts';
import { leaseOf, type Ledger } from './ledger.ts';
import { createLearning } from './learning.ts';
import { measuredIn, readinessOf } from './observe.ts';
import { bounded } from './perform.ts';
import { createPerforming } from './performing.ts';
import type { EnvironmentRow } from './records.ts';
import { settle } from './settling.ts';
import { stepThrough } from './stepping.ts';
import { createTenure } from './tenure.ts';

/** How often the world is looked at: often while something moves, now and then otherwise. */
export interface Paces {
  readonly busy: Millis;
  readonly idle: Millis;
}

export const usualPaces: Paces = { busy: millis(200), idle: millis(1_000) };

/** How long a target may take to say what is there. */
const lookTime = millis(30_000);

/** A third of the lease. */
const beatTime = millis(5_000);

export interface RunnerOptions {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly target: Target;
  readonly clock: Clock;
  readonly paces: Paces;
  /** Identifies this controller among others on the same store. */
  readonly owner: string;
  readonly report: (failure: Failure) => void;
  /** Sends a state on a way that it must survive; for tests, see FAIRWAY_TWIN. */
  readonly twin: (rollout: Rollout) => Rollout;
  /** What is done, within `serial`, while no rollout is under way. */
  readonly idle: (runner: Runner, seen: Observation) => Promise<void>;
  /** Takes the environment down, within `serial`, while no rollout is under way. */
  readonly close: (runner: Runner, how: NonNullable<EnvironmentRow['closing']>) => Promise<void>;
}

/**
 * The only loop: load → step → append → perform → feed back, for one environment. Everything that changes the
 * environment goes through `serial`, one after another; effects run beside it and come back as events. It works while the
 * environment's lease is ours, and begins from the store whenever it has become ours again.
 */
export interface Runner {
  readonly ledger: Ledger;
  readonly target: Target;
  /** The rollout under way, as of now. */
  active(): Rollout | null;
  epoch(): number;
  /** Runs `work` when nothing else changes the environment. Failures: those of `work`, `lease_held`, `store_unavailable`. */
  serial<T>(work: () => Promise<Result<T>>): Promise<Result<T>>;
  /** Begins a rollout that was just committed. To be called within `serial`. */
  begin(rollout: Rollout): Promise<void>;
  /** Hands events to the rollout under way. To be called within `serial`. */
  apply(events: readonly RolloutEvent[]): Promise<Result<null>>;
  /** The world as last seen; looks now when it was never seen. null: the target does not say. */
  observation(): Promise<Observation | null>;
  /** The world as it is now; null when the target does not say within its time, which is reported. */
  look(): Promise<Observation | null>;
  /** What is done beside the loop; a rollout that begins ends it. */
  readonly chores: Chores;
  stop(): Promise<void>;
}

export async function createRunner(options: RunnerOptions): Promise<Runner> {
  const { ledger, store, target, clock, owner, report, paces, twin } = options;
  const tenure = createTenure({ store, clock, name: leaseOf(ledger.environment.name), owner });
  const stopped = new AbortController();
  const chores = createChores(unexpected);
  const learning = createLearning();
  const performing = createPerforming((event) => send(event), unexpected);
  let inCharge = false;
  let isOpen = true;
  /** Why the environment was laid down, where it was not for the lease. */
  let trouble: Failure | null = null;
  let epoch = 0;
  let rollout: Rollout | null = null;
  let revisions: ReadonlyMap<string, Revision> = new Map();
  let nextMeasure = 0;
  let lastSeen: Observation | null = null;
  let tail: Promise<unknown> = Promise.resolve();

  function serial<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    const result = tail.then(async (): Promise<Result<T>> => {
      try {
        return (await takeCharge()) ? await work() : notInCharge();
      } catch (reason) {
        const failure = failureOf(reason);
        if (failure === null) throw reason;
        await layDown();
        return { ok: false, error: failure };
      }
    });
    tail = result.catch(() => undefined);
    return result;
  }

  const notInCharge = () => {
    const failure = tenure.refusal() ?? trouble;
    return failure === null ? fail('engine_stopped') : err(failure);
  };

  /** Whether the environment is ours. When it has just become so, everything is begun from what the store says. */
  async function takeCharge(): Promise<boolean> {
    if (stopped.signal.aborted || !(await tenure.hold())) {
      await layDown();
      return false;
    }
    if (inCharge && tenure.epoch() === epoch && !ledger.isStale()) return true;
    await layDown();
    await ledger.reload();
    epoch = tenure.epoch();
    inCharge = true;
    await resume();
    return inCharge; // the store may have been lost again on the way
  }

  /** Somebody else is in charge, or the store does not know what we last did: nothing is done any more from memory. */
  async function layDown(): Promise<void> {
    inCharge = false;
    rollout = null;
    await Promise.all([performing.leave(), chores.end()]);
  }

  /** R6: the steps and their effects are in the journal before the first effect is performed. */
  async function apply(events: readonly RolloutEvent[]): Promise<Result<null>> {
    if (rollout === null || stopped.signal.aborted) return ok(null);
    const now = clock.now();
    const { next, records } = stepThrough(rollout, events, ledger.environment, now);
    if (next === rollout) return ok(null);
    const over = isOver(next);
    const row = over ? settle(ledger.environment, next, now) : routed(ledger.environment, next);
    const entries = records.map((data) => ({ type: 'rollout', data }));
    const environment = row === ledger.environment ? {} : { environment: row };
    const done = await ledger.commit(
      { entries, rollout: { state: next, isNew: false }, ...environment },
      epoch,
    );
    if (!done.ok) {
      await lostStore(done.error);
      return done;
    }
    rollout = over ? null : twin(next);
    await performing.keepOnly(over ? [] : next.pending);
    if (rollout !== null) performing.launch(rollout.pending, performer(rollout));
    return ok(null);
  }

  /** Whether the commit was written is not known: the store is asked again, and what was under way is performed again. */
  async function lostStore(failure: Failure): Promise<void> {
    trouble = failure;
    report(failure);
    await layDown();
  }

  const performer = ({ plan }: Rollout) => ({ target, clock, fence: epoch, revisions, checks: plan.checks });

  function unexpected(reason: unknown): void {
    report({
      code: 'engine_broken',
      facts: { reason: reason instanceof Error ? reason.message : String(reason) },
    });
  }

  const send = (event: RolloutEvent) => serial(() => apply([event])).catch(unexpected);

  /** R5: a target that does not answer is asked again, and nothing else waits for it. */
  async function see(): Promise<Observation | null> {
    const over = new AbortController();
    const late = clock.sleep(lookTime, over.signal).then(() => null);
    const seen = await Promise.race([
      target.observe().catch((reason: unknown) => {
        unexpected(reason);
        return null;
      }),
      late,
    ]);
    over.abort('over');
    if (seen === null) report({ code: 'target_silent', facts: { waited: lookTime } });
    else lastSeen = seen;
    return seen;
  }

  async function look(): Promise<void> {
    if (!isOpen) await open();
    // What cannot be opened shows nothing, which is not the same as that nothing is there.
    const seen = isOpen ? await see() : null;
    if (seen === null) return;
    if (rollout === null) {
      learning.look(seen.router.counts);
      return options.idle(runner, seen);
    }
    if (rollout.phase === 'planned') return begin(rollout);
    const events: RolloutEvent[] = [];
    const now = clock.now();
    // A clock that was set back must not stop the measuring.
    if (now >= nextMeasure || nextMeasure - now > 2 * rollout.plan.policy.gate.interval) {
      nextMeasure = now + rollout.plan.policy.gate.interval;
      events.push(measuredIn(rollout, seen));
    }
    await apply([...events, { type: 'observed', readiness: readinessOf(rollout, seen) }]);
  }

  async function lookIfUp(): Promise<Result<null>> {
    const { status, closing } = ledger.environment;
    // Also what cannot be opened, or is down already, can be taken down.
    if (closing !== null && rollout === null) await options.close(runner, closing);
    else if (status === 'up') await look();
    return ok(null);
  }

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      const { status, closing } = ledger.environment;
      const isUp = status === 'up' || closing !== null || !inCharge;
      const looked = isUp ? await serial(lookIfUp).catch(unexpected) : undefined;
      if (looked?.ok === false && looked.error.code !== 'lease_held') report(looked.error);
      await clock.sleep(rollout === null ? paces.idle : paces.busy, stopped.signal);
    }
  }

  async function begin(next: Rollout): Promise<void> {
    rollout = twin(next);
    revisions = revisionsOf(next);
    nextMeasure = 0;
    await chores.end();
    const seen = await see();
    if (seen === null) return; // the next look begins it
    await apply([
      measuredIn(next, seen),
      { type: 'observed', readiness: readinessOf(next, seen) },
      { type: 'begin', learned: learning.of(next.plan.moves.flatMap(({ previous }) => previous?.id ?? [])) },
    ]);
  }

  /** The lease is renewed whatever else takes its time; one that was lost is noticed at the next step. */
  async function beat(): Promise<void> {
    while (!stopped.signal.aborted) {
      await clock.sleep(beatTime, stopped.signal);
      if (inCharge && !stopped.signal.aborted) await tenure.hold().catch(unexpected);
    }
  }

  /** The journal says what was under way; its effects are performed again (R6). */
  async function resume(): Promise<void> {
    const { rollout: id, status } = ledger.environment;
    if (status !== 'up') return;
    await open();
    const found = id === null ? null : await ledger.rollout(id);
    if (found === null || isOver(found)) return;
    if (found.phase === 'planned') return begin(found);
    rollout = twin(found);
    revisions = revisionsOf(found);
    const away = millis(Math.max(0, clock.now() - (ledger.lastAt() ?? clock.now())));
    await apply([{ type: 'tookOver', away }]);
  }

  /** Finds the stores, the router and the replicas again. Where that fails, every look tries it anew. */
  async function open(): Promise<void> {
    const { coming, environment: declared } = ledger.environment;
    const environment = coming ?? declared;
    if (environment === null) return;
    const context = { key: `open/${epoch}`, fence: epoch, deadline: after(clock.now(), millis(120_000)) };
    const opened = await bounded(clock, context, stopped.signal, (inner) => target.open(environment, inner));
    if (!opened.ok) report(opened.error);
    isOpen = opened.ok;
  }

  const runner: Runner = {
    ledger,
    target,
    active: () => rollout,
    epoch: () => epoch,
    serial,
    begin,
    apply,
    observation: async () => lastSeen ?? (await see()),
    look: see,
    chores,
    async stop() {
      stopped.abort();
      // First of all, so that jobs that run are left and not ended: the next controller waits for them.
      await target.release();
      await Promise.all([performing.leave(), chores.end()]);
      await Promise.all([looping, beating].map((each) => each.catch(unexpected)));
      await tail.catch(() => undefined);
      await tenure.giveUp();
    },
  };

  const first = await serial(async () => ok(null)).catch(unexpected);
  if (first?.ok === false && first.error.code !== 'lease_held') report(first.error);
  const looping = loop();
  const beating = beat();
  return runner;
}

function revisionsOf({ plan }: Rollout): ReadonlyMap<string, Revision> {
  const moving = plan.moves.flatMap(({ next, previous }) => [next, previous]).filter((each) => each !== null);
  const jobs = plan.stages.flatMap((stage) => (stage.kind === 'task' ? [stage.job] : []));
  return new Map([...moving, ...jobs].map((revision) => [revision.id, revision]));
}

/** The environment keeps the version of the last table, whoever asked for it. */
function routed(row: EnvironmentRow, rollout: Rollout): EnvironmentRow {
  return row.routeVersion === rollout.routeVersion ? row : { ...row, routeVersion: rollout.routeVersion };
}
