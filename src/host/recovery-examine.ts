import type { TableDifferenceView } from '#api';
import type { Environment } from '#core/system';
import type { Engine, Runner } from '#engine';
import { type Clock, fail, ok, type Random, type Result } from '#kernel';
import type { Examined } from '#ports';
import type { Recovery } from '#recovery';
import { createEmbeddedStore } from '#stores';
import { differencesOf } from './recovery-differences.ts';
import { declaredOf } from './recovery-site.ts';

/** Looks at what stores hold, the running and the restored ones. */
export interface Examination {
  differences(environment: string, side: string): Promise<Result<readonly TableDifferenceView[]>>;
  examine(environment: string, store: string, side: string | null): Promise<Result<readonly Examined[]>>;
}

interface Side {
  readonly runner: Runner;
  readonly environment: Environment;
  /** Of the restored store. */
  readonly folder: string;
  readonly store: string;
}

export function createExamination(options: {
  readonly engine: Engine;
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly recoveryOf: (environment: string) => Promise<Result<Recovery>>;
  readonly signal: AbortSignal;
}): Examination {
  const { engine, folder, clock, random, recoveryOf, signal } = options;

  async function sideOf(name: string, id: string): Promise<Result<Side>> {
    const runner = await engine.runner(name);
    const environment = await declaredOf(runner, folder, name);
    if (!environment.ok) return environment;
    const recovery = await recoveryOf(name);
    if (!recovery.ok) return recovery;
    const state = await recovery.value.state();
    if (!state.ok) return state;
    const side = state.value.sides.find((known) => known.id === id);
    const sides = state.value.sides.map((known) => known.id).join(', ');
    if (side === undefined) return fail('recovery_side_unknown', { side: id, sides });
    return ok({ runner, environment: environment.value, folder: side.folder, store: side.store });
  }

  return {
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
      const running = createEmbeddedStore({ spec, folder: recovery.storeFolder(of), clock, random });
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
        signal,
      });
    },
  };
}
