import { aPolicy, aService } from '#core/release/fixture';
import { revisionOf } from '#core/release';
import type { Environment } from '#core/system';
import { createEngine, type Engine } from '#engine';
import { fastClock, memoryTarget, memoryWorld } from '#engine/fixture';
import { describeFailure, fail, millis, ok, type Result } from '#kernel';
import type { Store, Target } from '#ports';
import { createMemoryStore } from '#store';
import type { ViewsOptions } from './options.ts';
import { createViews } from './views.ts';

const engines: Engine[] = [];

export async function stopEngines(): Promise<void> {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
}

export const atOnce = { kind: 'rolling', surge: 2, unavailable: 0, settle: millis(0) } as const;

export const anEnvironment = (name: string, changes: Partial<Environment> = {}): Environment => ({
  system: 'shop',
  name,
  target: 'local',
  services: [aService('edge', { strategy: atOnce })],
  stores: [],
  checks: [],
  secrets: [],
  flags: {},
  release: aPolicy,
  ...changes,
});

/**
 * A system in memory: what is declared can be changed as somebody does it who writes the file, and so can the files, by
 * whose `version` builds are named. `declared` of null: the file cannot be read now.
 */
export function aViewsBench(
  declared: readonly Environment[],
  more: Partial<ViewsOptions> = {},
  kept: Store | null = null,
) {
  const clock = fastClock();
  const store: Store = kept ?? createMemoryStore({ clock });
  const folder: { declared: readonly Environment[] | null; version: string; looks: number } = {
    declared,
    version: 'one',
    looks: 0,
  };
  const opened: string[] = [];
  const targetFor = (name: string): Target => {
    opened.push(name);
    return {
      ...memoryTarget(memoryWorld(), clock),
      async build(service) {
        folder.looks += 1;
        return folder.version === 'broken'
          ? fail('source_missing', { path: service.folder })
          : ok(revisionOf(service, `${service.folder}@${folder.version}`, {}));
      },
    };
  };
  const engine = createEngine({ store, clock, owner: 'one', targetFor, report: () => undefined });
  engines.push(engine);
  const find = (name: string) => folder.declared?.find((each) => each.name === name);
  const views = createViews({
    engine,
    clock,
    system: 'shop',
    folder: '/shop',
    environments: async () => (folder.declared ?? []).map(({ name }) => name),
    async load(_, name) {
      const environment = find(name);
      if (environment?.target === 'local') return ok(environment);
      const finding = environment === undefined ? 'line 3: a comma is missing' : 'it wants containers';
      return { ok: false, error: { findings: [finding] } };
    },
    async declared(_, name) {
      const environment = find(name);
      return environment === undefined ? fail('environment_unknown', { environment: name }) : ok(environment);
    },
    ...more,
  });

  const settled = async (name: string) => {
    const runner = await engine.runner(name);
    for (let i = 0; i < 3_000; i++) {
      const { rollout, opening, closing } = runner.ledger.environment;
      if (rollout === null && opening === null && closing === null) return;
      await clock.sleep(millis(100));
    }
    throw new Error(`${name} did not settle`);
  };
  const asking = (environment: Environment) => ({
    environment,
    sourceFolder: '/shop',
    source: '/shop',
    services: null,
    by: 'ann',
    note: 'new page',
  });
  const up = async (name: string) => {
    const environment = find(name);
    if (environment === undefined) throw new Error(`${name} is not declared`);
    value(await engine.up(asking(environment)));
    await settled(name);
  };
  const release = async (environment: Environment) => {
    value(await engine.release(asking(environment)));
    await settled(environment.name);
  };
  return { clock, engine, store, folder, opened, views, up, release, settled };
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(describeFailure(result.error).sentence);
  return result.value;
}
