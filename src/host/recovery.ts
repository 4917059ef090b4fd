import type { WarningView } from '#api';
import { canonicalJson, fail, type Json, millis, ok, type Result } from '#kernel';
import { createRecovery, type Recovery } from '#recovery';
import { isOurs, type RecoveryDesk } from '#server';
import { createEmbeddedStore, type StoreEvent } from '#stores';
import { differencesOf } from './recovery-differences.ts';
import { keyFileOf, variablesOf } from './recovery-place.ts';
import { declaredOf, placesIn, type RecoveriesOptions, siteOf } from './recovery-site.ts';

/** Recovery of all environments of one system folder, for as long as its control plane runs. */
export interface Recoveries extends RecoveryDesk {
  /** Keeps what happened to a store by itself as evidence: a standby took over, or none could. */
  happened(environment: string, event: StoreEvent): void;
  /** Whether long work goes on, for a control plane that ends by itself. */
  busy(): boolean;
  end(): Promise<void>;
}

/** How often it is looked which environments are up and ours, and how old what `status` says of them may be. */
const lookEvery = millis(1_000);
const warnEvery = millis(30_000);

interface Kept {
  readonly recovery: Recovery;
  /** The operation that was begun last. */
  readonly busy: () => boolean;
  /** The declaration it was made for. */
  readonly declared: string;
  readonly stop: AbortController;
  keeping: Promise<void> | null;
  warnings: readonly WarningView[];
  warnedAt: number;
}

/** Makes recovery of each environment when it is asked for, and lets it do its regular work while the environment is up and ours. */
export function createRecoveries(options: RecoveriesOptions): Recoveries {
  const { engine, clock, folder, store, inCharge, report } = options;
  const kept = new Map<string, Kept>();
  const making = new Map<string, Promise<Result<Kept>>>();
  const ended = new AbortController();
  const variables = () => variablesOf(folder, options.variables);
  const watching = watch();

  /** One after another, so that nothing is made twice. */
  function keptOf(name: string): Promise<Result<Kept>> {
    const before = making.get(name) ?? Promise.resolve(null);
    const next = before.catch(() => null).then(() => make(name));
    making.set(name, next);
    return next;
  }

  async function make(name: string): Promise<Result<Kept>> {
    if (ended.signal.aborted) return fail('recovery_ended');
    const runner = await engine.runner(name);
    const environment = await declaredOf(runner, folder, name);
    if (!environment.ok) return environment;
    const declared = canonicalJson({ environment: environment.value, variables: placesIn(variables()) });
    const known = kept.get(name);
    // What goes on is not ended by a change of the declaration.
    if (known?.declared === declared || known?.busy() === true) return ok(known);
    const site = await siteOf(options, runner, environment.value, variables());
    if (!site.ok) return site;
    if (known !== undefined) await endOf(known);
    const made: Kept = {
      ...watched(createRecovery(site.value)),
      declared,
      stop: new AbortController(),
      keeping: null,
      warnings: [],
      warnedAt: Number.NEGATIVE_INFINITY,
    };
    kept.set(name, made);
    return ok(made);
  }

  async function watch(): Promise<void> {
    const told = new Map<string, string>();
    while (!ended.signal.aborted) {
      await clock.sleep(lookEvery, ended.signal);
      if (ended.signal.aborted) return;
      for (const row of await store.rows('environment', '').catch(() => [])) {
        const looked = await tend(row.key).catch((reason: unknown) => broken(reason));
        const code = looked.ok ? '' : canonicalJson(looked.error);
        // What stays as it is was said once.
        if (!looked.ok && told.get(row.key) !== code) report(looked.error);
        told.set(row.key, code);
      }
    }
  }

  /** Begins or ends the regular work of an environment. */
  async function tend(name: string): Promise<Result<null>> {
    const runner = await engine.runner(name);
    const { status, environment, opening, closing } = runner.ledger.environment;
    const isDeclared =
      environment?.recovery !== undefined || environment?.stores.some(({ backup }) => backup !== undefined);
    // Stores that are still starting would only be reported as not copied.
    const isSettled = status === 'up' && opening === null && closing === null;
    const wanted = isSettled && isDeclared === true && isOurs(inCharge, name, clock);
    if (!wanted) {
      const known = kept.get(name);
      if (known?.keeping != null) {
        kept.delete(name);
        await endOf(known);
      }
      return ok(null);
    }
    const found = await keptOf(name);
    if (!found.ok) return found;
    const now = found.value;
    now.keeping ??= now.recovery.keep(now.stop.signal).catch((reason: unknown) => {
      report(broken(reason).error);
      now.keeping = null;
    });
    if (clock.now() - now.warnedAt >= warnEvery) void warn(now);
    return ok(null);
  }

  async function warn(known: Kept): Promise<void> {
    known.warnedAt = clock.now();
    const state = await known.recovery.state().catch((reason: unknown) => broken(reason));
    known.warnings = state.ok
      ? worstFirst(state.value.stores.flatMap(({ warnings }) => warnings))
      : known.warnings;
  }

  const recordWith = async (name: string, type: string, data: Json): Promise<Result<null>> => {
    const stream = `recovery/${name}`;
    for (let tries = 0; ; tries++) {
      const expected = (await store.last(stream))?.sequence ?? 0;
      const entries = [{ type, at: clock.now(), data }];
      const done = await store.commit({ stream, expected, entries, rows: [], fence: null });
      if (done.ok) return ok(null);
      if (done.error.code !== 'store_conflict' || tries >= 5) return done;
    }
  };

  return {
    async of(name) {
      const found = await keptOf(name);
      return found.ok ? ok(found.value.recovery) : found;
    },
    keyFile: (name) => keyFileOf(folder, name, variables()),
    warnings: (name) => kept.get(name)?.warnings ?? [],
    record: recordWith,
    happened(name, { event, store: of, facts }) {
      if (!/^failover_(?:done|given_up)$/.test(event)) return;
      void recordWith(name, `recovery.${event}`, { of, ...facts })
        .then((done) => (done.ok ? undefined : report(done.error)))
        .catch((reason: unknown) => report(broken(reason).error));
    },
    async evidence(name, limit) {
      const stream = `recovery/${name}`;
      const last = (await store.last(stream))?.sequence ?? 0;
      return store.read(stream, Math.max(0, last - limit), limit);
    },
    async differences(name, id) {
      const found = await sideOf(name, id);
      if (!found.ok) return found;
      const { runner, environment, folder: restored, store: of } = found.value;
      const { target, ledger } = runner;
      const spec = environment.stores.find((known) => known.name === of);
      if (spec === undefined || target.recovery === undefined)
        return fail('recovery_not_here', { environment: name });
      if (ledger.environment.status !== 'up') return fail('environment_down', { environment: name });
      const { recovery } = target;
      const running = createEmbeddedStore({
        spec,
        folder: recovery.storeFolder(of),
        clock,
        random: options.random,
      });
      return differencesOf({
        spec,
        target: recovery,
        folder: restored,
        running: () => running.ensure(AbortSignal.timeout(30_000)),
      });
    },
    async examine(name, of, id) {
      const runner = await engine.runner(name);
      const environment = await declaredOf(runner, folder, name);
      if (!environment.ok) return environment;
      const { recovery } = runner.target;
      const spec = environment.value.stores.find((known) => known.name === of);
      if (spec === undefined || recovery === undefined)
        return fail('recovery_not_here', { environment: name });
      const side = id === null ? null : await sideOf(name, id);
      if (side !== null && !side.ok) return side;
      const verify = environment.value.recovery?.verify[of];
      const queries = Object.entries(verify?.queries ?? {}).map(([title, query]) => ({
        name: title,
        ...query,
      }));
      return recovery.copies(spec).examine({
        folder: side === null ? recovery.storeFolder(of) : side.value.folder,
        rows: verify?.rows ?? {},
        queries,
        signal: ended.signal,
      });
    },
    busy: () => [...kept.values()].some(({ busy }) => busy()),
    async end() {
      ended.abort();
      await watching;
      await Promise.all([...kept.values()].map(endOf));
    },
  };

  async function sideOf(name: string, id: string) {
    const runner = await engine.runner(name);
    const environment = await declaredOf(runner, folder, name);
    if (!environment.ok) return environment;
    const found = await keptOf(name);
    if (!found.ok) return found;
    const state = await found.value.recovery.state();
    if (!state.ok) return state;
    const side = state.value.sides.find((known) => known.id === id);
    const sides = state.value.sides.map((known) => known.id).join(', ');
    if (side === undefined) return fail('recovery_side_unknown', { side: id, sides });
    return ok({ runner, environment: environment.value, folder: side.folder, store: side.store });
  }
}

/** Remembers which operation was begun last. */
function watched(recovery: Recovery): Pick<Kept, 'recovery' | 'busy'> {
  let last: string | null = null;
  return {
    recovery: {
      ...recovery,
      async begin(ask) {
        const begun = await recovery.begin(ask);
        if (begun.ok) last = begun.value.id;
        return begun;
      },
    },
    busy: () => last !== null && recovery.operation(last)?.state === 'running',
  };
}

async function endOf({ recovery, stop, keeping }: Kept): Promise<void> {
  stop.abort();
  await recovery.end();
  await keeping;
}

const worstFirst = (warnings: readonly WarningView[]) =>
  warnings.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));

const broken = (reason: unknown) =>
  fail('recovery_broken', {
    what: 'what keeps the data safe',
    reason: reason instanceof Error ? reason.message : String(reason),
  });
