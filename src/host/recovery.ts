import { type Json, ok, type Result } from '#kernel';
import type { Recovery } from '#recovery';
import type { RecoveryDesk } from '#server';
import type { StoreEvent } from '#stores';
import { createExamination } from './recovery-examine.ts';
import { createKeepings } from './recovery-kept.ts';
import { keyFileOf, variablesOf } from './recovery-place.ts';
import type { RecoveriesOptions } from './recovery-site.ts';
import { broken, watchEnvironments } from './recovery-watch.ts';

/** Recovery of all environments of one system folder, for as long as its control plane runs. */
export interface Recoveries extends RecoveryDesk {
  /** Keeps what happened to a store by itself as evidence: a standby took over, or none could. */
  happened(environment: string, event: StoreEvent): void;
  /** Whether long work goes on, for a control plane that ends by itself. */
  busy(): boolean;
  end(): Promise<void>;
}

/** Makes recovery of each environment when it is asked for, and lets it do its regular work while the environment is up and ours. */
export function createRecoveries(options: RecoveriesOptions): Recoveries {
  const { clock, folder, store, report } = options;
  const ended = new AbortController();
  const variables = () => variablesOf(folder, options.variables);
  const keepings = createKeepings(options, ended.signal);
  const watching = watchEnvironments(options, keepings, ended.signal);

  async function recoveryOf(name: string): Promise<Result<Recovery>> {
    const found = await keepings.of(name);
    return found.ok ? ok(found.value.recovery) : found;
  }

  async function record(name: string, type: string, data: Json): Promise<Result<null>> {
    const stream = `recovery/${name}`;
    for (let tries = 0; ; tries++) {
      const expected = (await store.last(stream))?.sequence ?? 0;
      const entries = [{ type, at: clock.now(), data }];
      const done = await store.commit({ stream, expected, entries, rows: [], fence: null });
      if (done.ok) return ok(null);
      if (done.error.code !== 'store_conflict' || tries >= 5) return done;
    }
  }

  return {
    ...createExamination({ ...options, recoveryOf, signal: ended.signal }),
    of: recoveryOf,
    keyFile: (name) => keyFileOf(folder, name, variables()),
    warnings: (name) => keepings.known(name)?.warnings ?? [],
    record,
    happened(name, { event, store: of, facts }) {
      if (!/^failover_(?:done|given_up)$/.test(event)) return;
      void record(name, `recovery.${event}`, { of, ...facts })
        .then((done) => (done.ok ? undefined : report(done.error)))
        .catch((reason: unknown) => report(broken(reason).error));
    },
    async evidence(name, limit) {
      const stream = `recovery/${name}`;
      const last = (await store.last(stream))?.sequence ?? 0;
      return store.read(stream, Math.max(0, last - limit), limit);
    },
    busy: () => keepings.busy(),
    async end() {
      ended.abort();
      await watching;
      await keepings.end();
    },
  };
}
