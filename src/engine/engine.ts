import { can, isForward, type Rollout } from '#core/release';
import { type Clock, type Failure, fail, ok, type Result } from '#kernel';
import type { JournalEntry, NewEntry, Store, Target } from '#ports';
import { buildParts } from './building.ts';
import { beginRollback } from './going-back.ts';
import { closeEnvironment } from './closing.ts';
import { createIdle } from './idle.ts';
import { openLedger } from './ledger.ts';
import { adoptParts, promotedFrom } from './promoting.ts';
import { beginRelease, mayAsk, mayBegin } from './releasing.ts';
import type { Accepted, Asker, IntentRequest, PromotionRequest, ReleaseRequest } from './requests.ts';
import { createRunner, type Paces, type Runner, usualPaces } from './runner.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Identifies this controller among others on the same store. */
  readonly owner: string;
  readonly targetFor: (environment: string) => Target;
  /** Told what went wrong without a request that could be answered. */
  readonly report: (failure: Failure) => void;
  readonly paces?: Paces;
  /** Sends every state on a way that it must survive, for tests; left out: none. */
  readonly twin?: (rollout: Rollout) => Rollout;
}

/** The control plane's heart: environments with their runners, and what may be asked of them. */
export interface Engine {
  up(ask: ReleaseRequest): Promise<Result<Accepted>>;
  down(environment: string, ask: Asker & { erase: boolean }): Promise<Result<Accepted>>;
  release(ask: ReleaseRequest): Promise<Result<Accepted>>;
  /** Failures: those of `promotedFrom` and of `release`. */
  promote(ask: PromotionRequest): Promise<Result<Accepted>>;
  rollback(environment: string, to: number | null, asker: Asker): Promise<Result<Accepted>>;
  intend(environment: string, ask: IntentRequest): Promise<Result<Accepted>>;
  /** The runner of an environment, started when it is not running yet. */
  runner(environment: string): Promise<Runner>;
  /** Environments whose runners were started: all that were ever up, and those that were asked for since. */
  known(): readonly string[];
  /** Starts the runners of all environments that are up, so that what was under way goes on. */
  recover(): Promise<void>;
  /** Calls back after each commit; returns how to end that. */
  subscribe(listener: (environment: string, last: number) => void): () => void;
  entries(environment: string, after: number, limit: number): Promise<readonly JournalEntry[]>;
  /** The last entry of a stream; null: it has none. */
  last(stream: string): Promise<JournalEntry | null>;
  /** The first entry of a stream that does not fit its chain of hashes; null: all do. */
  verify(stream: string): Promise<number | null>;
  /** Whether an environment is up, as far as the runners know. */
  busy(): Promise<boolean>;
  stop(): Promise<void>;
}

export function createEngine(options: EngineOptions): Engine {
  const { store, clock, owner, targetFor, report, paces = usualPaces, twin = (rollout) => rollout } = options;
  const runners = new Map<string, Promise<Runner>>();
  const listeners = new Set<(environment: string, last: number) => void>();

  function runner(environment: string): Promise<Runner> {
    const known = runners.get(environment);
    if (known) return known;
    const announce = (_: readonly NewEntry[], last: number) => {
      for (const listener of listeners) {
        try {
          listener(environment, last);
        } catch (reason) {
          report({ code: 'engine_broken', facts: { reason: String(reason) } }); // what was written is written
        }
      }
    };
    const started = openLedger(store, environment, clock, announce).then((ledger) =>
      createRunner({
        ledger,
        store,
        target: targetFor(environment),
        clock,
        paces,
        owner,
        report,
        twin,
        idle: createIdle(clock, report),
        close: async (closing, how) => {
          const closed = await closeEnvironment(closing, clock, how);
          if (!closed.ok) report(closed.error);
        },
      }),
    );
    runners.set(environment, started);
    started.catch(() => runners.delete(environment)); // the next one who asks tries again
    return started;
  }

  return {
    runner,
    async up(ask) {
      const environment = await runner(ask.environment.name);
      return environment.serial(async () => {
        const { ledger } = environment;
        const active = environment.active();
        if (active !== null) return mayBegin(environment) as Result<Accepted>;
        if (ledger.environment.closing !== null)
          return fail('environment_closing', { environment: ask.environment.name });
        const wasDown = ledger.environment.status === 'down';
        const { by, environment: declared } = ask;
        const opening = { ask, wasDown, done: 'nothing', restarted: false } as const;
        const sequence = ledger.sequence();
        const entry = { type: 'environment.opening', data: { by, environment: declared.name } };
        const row = { ...ledger.environment, status: 'up' as const, environment: declared, opening };
        const done = await ledger.commit({ entries: [entry], environment: row }, environment.epoch());
        if (!done.ok) return done;
        return ok({ after: sequence, release: null });
      });
    },
    async down(name, ask) {
      const environment = await runner(name);
      return environment.serial(() => takeDown(environment, ask));
    },
    async release(ask) {
      const environment = await runner(ask.environment.name);
      const free = await environment.serial(async () => mayAsk(environment));
      if (!free.ok) return free;
      // Building takes its time, and nothing of it changes the environment: whatever else is asked for goes on meanwhile.
      const parts = await buildParts(environment, clock, ask);
      return parts.ok ? environment.serial(() => beginRelease(environment, clock, ask, parts.value)) : parts;
    },
    async promote(ask) {
      const { by, note, environment: declared } = ask;
      const environment = await runner(declared.name);
      const free = await environment.serial(async () => mayAsk(environment));
      if (!free.ok) return free;
      const source = await promotedFrom(store, clock, ask);
      if (!source.ok) return source;
      const parts = await adoptParts(environment, clock, declared, source.value);
      if (!parts.ok) return parts;
      const told = `promoted from ${ask.from}, release ${source.value.number}`;
      const asked = { by, note, environment: declared, sourceFolder: '', source: told, services: null };
      return environment.serial(() => beginRelease(environment, clock, asked, parts.value));
    },
    async rollback(name, to, asker) {
      const environment = await runner(name);
      return environment.serial(() => beginRollback(environment, clock, to, asker));
    },
    async intend(name, ask) {
      const environment = await runner(name);
      return environment.serial(() => intend(environment, ask));
    },
    known: () => [...runners.keys()],
    async recover() {
      for (const row of await store.rows('environment', '')) {
        await runner(row.key).catch((reason: unknown) =>
          report({ code: 'engine_broken', facts: { reason: String(reason) } }),
        );
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    entries: (environment, from, limit) => store.read(environment, from, limit),
    last: (stream) => store.last(stream),
    verify: (stream) => store.verify(stream),
    async busy() {
      const all = await Promise.all(runners.values());
      return all.some(({ ledger }) => ledger.environment.status === 'up');
    },
    async stop() {
      await Promise.allSettled([...runners.values()].map(async (each) => (await each).stop()));
    },
  };
}

/** Failures: `no_rollout`, `intent_not_legal` (facts: intent, phase, release), `approval_role` (facts: role, wanted). */
async function intend(environment: Runner, ask: IntentRequest): Promise<Result<Accepted>> {
  const { ledger } = environment;
  const { intent, by, note, role } = ask;
  const active = environment.active();
  const sequence = ledger.sequence();
  if (active === null) return fail('no_rollout', { environment: ledger.environment.name });
  if (!can(intent, active))
    return fail('intent_not_legal', { intent, phase: active.phase, release: active.plan.release });
  const wanted = active.plan.policy.approval?.role;
  if (intent === 'approve' && wanted !== undefined && role !== wanted)
    return fail('approval_role', { role, wanted });
  const applied = await environment.apply([
    intent === 'approve' ? { type: intent, by, note, role } : { type: intent, by, note },
  ]);
  return applied.ok ? ok({ after: sequence, release: active.plan.release }) : applied;
}

/**
 * Notes that the environment is to be taken down; it is done once no rollout is under way, which is aborted for it.
 * Failures: `intent_not_legal` where something final has begun.
 */
async function takeDown(environment: Runner, ask: Asker & { erase: boolean }): Promise<Result<Accepted>> {
  const { ledger } = environment;
  const active = environment.active();
  const sequence = ledger.sequence();
  if (active !== null && isForward(active) && !can('abort', active))
    return fail('intent_not_legal', { intent: 'down', phase: active.phase, release: active.plan.release });
  const { by, erase } = ask;
  const row = { ...ledger.environment, closing: { by, erase }, queued: null, opening: null };
  const entry = { type: 'environment.closing', data: { by, erase } };
  const noted = await ledger.commit({ entries: [entry], environment: row }, environment.epoch());
  if (!noted.ok) return noted;
  if (active !== null)
    await environment.apply([{ type: 'abort', by, note: 'the environment is taken down' }]);
  return ok({ after: sequence, release: null });
}
