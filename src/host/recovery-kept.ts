import type { WarningView } from '#api';
import { canonicalJson, fail, ok, type Result } from '#kernel';
import { createRecovery, type Recovery } from '#recovery';
import { variablesOf } from './recovery-place.ts';
import { declaredOf, placesIn, type RecoveriesOptions, siteOf } from './recovery-site.ts';

/** Recovery of one environment, and what is known of it. */
export interface Kept {
  readonly recovery: Recovery;
  /** Whether the operation that was begun last goes on. */
  readonly busy: () => boolean;
  /** The declaration it was made for. */
  readonly declared: string;
  readonly stop: AbortController;
  keeping: Promise<void> | null;
  warnings: readonly WarningView[];
  warnedAt: number;
}

/** Recovery of each environment, made when it is asked for, and anew when what it was made for has changed. */
export interface Keepings {
  of(environment: string): Promise<Result<Kept>>;
  /** What was made already; null: nothing. */
  known(environment: string): Kept | null;
  /** Ends its regular work; asked for again, it is made anew. */
  drop(environment: string): Promise<void>;
  busy(): boolean;
  end(): Promise<void>;
}

/** After `ended` is aborted, nothing is made any more: `recovery_ended`. */
export function createKeepings(options: RecoveriesOptions, ended: AbortSignal): Keepings {
  const { engine, folder } = options;
  const kept = new Map<string, Kept>();
  const making = new Map<string, Promise<Result<Kept>>>();
  const variables = () => variablesOf(folder, options.variables);

  async function make(name: string): Promise<Result<Kept>> {
    if (ended.aborted) return fail('recovery_ended');
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

  return {
    /** One after another, so that nothing is made twice. */
    of(name) {
      const before = making.get(name) ?? Promise.resolve(null);
      const next = before.catch(() => null).then(() => make(name));
      making.set(name, next);
      return next;
    },
    known: (name) => kept.get(name) ?? null,
    async drop(name) {
      const known = kept.get(name);
      kept.delete(name);
      if (known !== undefined) await endOf(known);
    },
    busy: () => [...kept.values()].some(({ busy }) => busy()),
    async end() {
      await Promise.all([...kept.values()].map(endOf));
    },
  };
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
