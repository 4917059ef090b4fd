import { can, type Intent } from '#core/release';
import { after, type Clock, type Failure, fail, millis, ok, type Result } from '#kernel';
import type { JournalEntry, NewEntry, Store, Target } from '#ports';
import { openLedger } from './ledger.ts';
import { bounded } from './perform.ts';
import { currentOf } from './records.ts';
import { beginRelease, beginRollback, beginRollout, currentRelease, mayBegin } from './releasing.ts';
import type { Accepted, Asker, ReleaseRequest } from './requests.ts';
import { createRunner, type Runner } from './runner.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Identifies this controller among others on the same store. */
  readonly owner: string;
  readonly targetFor: (environment: string) => Target;
  /** Told what went wrong without a request that could be answered. */
  readonly report: (failure: Failure) => void;
}

/** The control plane's heart: environments with their runners, and what may be asked of them. */
export interface Engine {
  up(ask: ReleaseRequest): Promise<Result<Accepted>>;
  down(environment: string, ask: Asker & { erase: boolean }): Promise<Result<Accepted>>;
  release(ask: ReleaseRequest): Promise<Result<Accepted>>;
  rollback(environment: string, to: number | null, asker: Asker): Promise<Result<Accepted>>;
  intend(environment: string, intent: Intent, asker: Asker): Promise<Result<Accepted>>;
  /** The runner of an environment, started when it is not running yet. */
  runner(environment: string): Promise<Runner>;
  /** Starts the runners of all environments that are up, so that what was under way goes on. */
  recover(): Promise<void>;
  /** Calls back after each commit; returns how to end that. */
  subscribe(listener: (environment: string, last: number) => void): () => void;
  entries(environment: string, after: number, limit: number): Promise<readonly JournalEntry[]>;
  /** Whether an environment is up, as far as the runners know. */
  busy(): Promise<boolean>;
  stop(): Promise<void>;
}

/** What nobody cancels: work that was accepted and whose end the journal tells. */
const never = new AbortController().signal;

export function createEngine({ store, clock, owner, targetFor, report }: EngineOptions): Engine {
  const runners = new Map<string, Promise<Runner>>();
  const listeners = new Set<(environment: string, last: number) => void>();
  const background = new Set<Promise<void>>();

  function runner(environment: string): Promise<Runner> {
    const known = runners.get(environment);
    if (known) return known;
    const announce = (_: readonly NewEntry[], last: number) => {
      for (const listener of listeners) listener(environment, last);
    };
    const started = openLedger(store, environment, clock, announce).then((ledger) =>
      createRunner({ ledger, store, target: targetFor(environment), clock, owner, report }),
    );
    runners.set(environment, started);
    return started;
  }

  /** Goes on after the request was answered; its outcome is told by the journal. */
  function later(work: Promise<void>): void {
    const guarded = work
      .catch((reason: unknown) => report({ code: 'engine_broken', facts: { reason: String(reason) } }))
      .finally(() => background.delete(guarded));
    background.add(guarded);
  }

  async function bringUp(environment: Runner, ask: ReleaseRequest, wasDown: boolean): Promise<void> {
    const { target } = environment;
    const opened = await environment.serial(async () => {
      const context = {
        key: 'up',
        fence: environment.epoch(),
        deadline: after(clock.now(), millis(300_000)),
      };
      const result = await bounded(clock, context, never, (inner) => target.open(ask.environment, inner));
      await (result.ok
        ? write(environment, 'environment.opened', { environment: ask.environment.name })
        : write(environment, 'environment.failed', { failure: result.error }));
      return result;
    });
    if (opened.ok) await startDeclared(environment, ask, wasDown);
  }

  /**
   * Nobody has used an environment that was down: it is started whole as declared, and as it was before when that fails.
   * One that was up already goes over to what is declared by its strategy, like any release.
   */
  async function startDeclared(environment: Runner, ask: ReleaseRequest, wasDown: boolean): Promise<void> {
    const { ledger } = environment;
    const { pinned } = ledger.environment;
    if (pinned || !wasDown) await startCurrent(environment);
    if (pinned) return note(environment, 'environment.pinned', { release: currentOf(ledger.environment) });
    const manner = wasDown ? 'first' : 'declared';
    const released = await environment.serial(() => beginRelease(environment, clock, ask, manner));
    if (!released.ok) return note(environment, 'environment.failed', { failure: released.error });
    if (released.value.release === null && !wasDown) return; // nothing differed, and the journal says so
    await environment.settled(never);
    await startCurrent(environment);
    await note(environment, 'environment.ready', { release: currentOf(ledger.environment) });
  }

  /** Starts the current release whole where there is one and nothing of it runs, as after a restart of the machine. */
  async function startCurrent(environment: Runner): Promise<void> {
    const begun = await environment.serial(async () => {
      const current = await currentRelease(environment);
      const { environment: declared, status } = environment.ledger.environment;
      if (status === 'down') return ok(null); // it was taken down meanwhile
      const { replicas } = await environment.target.observe();
      if (current === null || declared === null || replicas.length > 0 || environment.active() !== null)
        return ok(null);
      return beginRollout(environment, clock, declared, current, null, 'first');
    });
    if (!begun.ok) await note(environment, 'environment.failed', { failure: begun.error });
    await environment.settled(never);
  }

  /** To be called within `serial`. */
  async function write(environment: Runner, type: string, data: object): Promise<void> {
    const done = await environment.ledger.commit({ entries: [{ type, data }] }, environment.epoch());
    if (!done.ok) report(done.error);
  }

  const note = (environment: Runner, type: string, data: object) =>
    environment.serial(() => write(environment, type, data));

  async function takeDown(environment: Runner, ask: Asker & { erase: boolean }): Promise<void> {
    if (environment.active() !== null)
      await environment.send({ type: 'abort', by: ask.by, note: 'the environment is taken down' });
    await environment.settled(never);
    await environment.serial(async () => {
      const { ledger, target } = environment;
      const context = {
        key: 'down',
        fence: environment.epoch(),
        deadline: after(clock.now(), millis(180_000)),
      };
      const result = await bounded(clock, context, never, (inner) =>
        target.close({ erase: ask.erase }, inner),
      );
      const entry = result.ok
        ? { type: 'environment.closed', data: { erased: ask.erase } }
        : { type: 'environment.failed', data: { failure: result.error } };
      const row = { ...ledger.environment, warm: null, ...(result.ok ? { status: 'down' as const } : {}) };
      const done = await ledger.commit({ entries: [entry], environment: row }, environment.epoch());
      if (!done.ok) report(done.error);
    });
  }

  return {
    runner,
    async up(ask) {
      const environment = await runner(ask.environment.name);
      return environment.serial(async () => {
        const { ledger } = environment;
        const active = environment.active();
        if (active !== null)
          return mayBegin(environment, { ...ledger.environment, status: 'up' }) as Result<Accepted>;
        const wasDown = ledger.environment.status === 'down';
        const sequence = ledger.sequence();
        const entry = {
          type: 'environment.opening',
          data: { by: ask.by, environment: ask.environment.name },
        };
        const row = { ...ledger.environment, status: 'up' as const, environment: ask.environment };
        const done = await ledger.commit({ entries: [entry], environment: row }, environment.epoch());
        if (!done.ok) return done;
        later(bringUp(environment, ask, wasDown));
        return ok({ after: sequence, release: null });
      });
    },
    async down(name, ask) {
      const environment = await runner(name);
      const sequence = environment.ledger.sequence();
      later(takeDown(environment, ask));
      return ok({ after: sequence, release: null });
    },
    async release(ask) {
      const environment = await runner(ask.environment.name);
      return environment.serial(() => beginRelease(environment, clock, ask));
    },
    async rollback(name, to, asker) {
      const environment = await runner(name);
      return environment.serial(() => beginRollback(environment, clock, to, asker));
    },
    async intend(name, intent, asker) {
      const environment = await runner(name);
      const active = environment.active();
      if (active === null) return fail('no_rollout', { environment: name });
      if (!can(intent, active))
        return fail('intent_not_legal', { intent, phase: active.phase, release: active.plan.release });
      const sequence = environment.ledger.sequence();
      await environment.send({ type: intent, by: asker.by, note: asker.note });
      return ok({ after: sequence, release: active.plan.release });
    },
    async recover() {
      for (const row of await store.rows('environment', '')) {
        const environment = await runner(row.key);
        const { status, rollout } = environment.ledger.environment;
        if (status === 'up' && rollout === null) later(startCurrent(environment));
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    entries: (environment, from, limit) => store.read(environment, from, limit),
    async busy() {
      const all = await Promise.all(runners.values());
      return all.some(({ ledger }) => ledger.environment.status === 'up');
    },
    async stop() {
      await Promise.allSettled([...runners.values()].map(async (each) => (await each).stop()));
      await Promise.allSettled(background);
    },
  };
}
