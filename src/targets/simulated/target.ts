import { type Revision, revisionOf } from '#core/release';
import type { Environment, Service } from '#core/system';
import { fail, ok, type Result } from '#kernel';
import type { Capabilities, EffectContext, Target } from '#ports';
import { drainReplicas, endAll, ensureReplicas, stopReplicas } from './capacity.ts';
import { consume } from './consumers.ts';
import { performEffect, type Words } from './effects.ts';
import { settle } from './load.ts';
import { readLogs } from './logs.ts';
import { observeSite } from './observe.ts';
import { setRoute, unseenIn } from './router.ts';
import { serviceOf } from './site.ts';
import { note, type Site, type WorldState } from './state.ts';
import { runTask } from './tasks.ts';

const everything: Capabilities = {
  name: 'simulated',
  weightedTraffic: true,
  affinity: true,
  perRevisionCounters: true,
  embeddedStores: ['postgres', 'redis', 'bucket'],
  memoryLimit: 'none',
  cpuLimit: 'none',
  runsTasks: true,
  pausesConsumers: true,
  previews: true,
};

/** One controller's way to one environment of the world. A second one on the same environment finds what the first left. */
export function createTarget(site: Site, can: Partial<Capabilities>): Target {
  let isOpen = false;
  /** Told when this controller goes, while what it waits for goes on. */
  const leaving = new Set<() => void>();

  function effect<T>(
    words: Words,
    context: EffectContext,
    deed: () => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return performEffect(site, words, context, () => (isOpen ? deed() : Promise.resolve(fail('not_open'))));
  }

  return {
    can: { ...everything, ...can },
    open(environment, context) {
      const words = { kind: 'open', what: environment.name, always: true };
      return performEffect(site, words, context, async () => {
        isOpen = true;
        return openSite(site, environment);
      });
    },
    async build(service, sourceFolder) {
      return ok(buildOf(site.world, service, sourceFolder));
    },
    async adopt(service, build) {
      return site.world.builds.has(build)
        ? ok(revisionOf(service, build, {}))
        : fail('snapshot_missing', { build });
    },
    ensureReplicas: (ask, context) =>
      effect({ kind: 'ensure', what: `${ask.revision.id} ${ask.count}` }, context, () =>
        ensureReplicas(site, ask),
      ),
    setRoute(table, context) {
      const unseen = unseenIn(site, table);
      const words = { kind: 'route', what: String(table.version) };
      return effect(words, context, () => setRoute(site, table, unseen, context));
    },
    drain: (ask, context) =>
      effect({ kind: 'drain', what: `${ask.revision} ${ask.keep}` }, context, () =>
        drainReplicas(site, ask, context),
      ),
    stop: (ask, context) =>
      effect({ kind: 'stop', what: `${ask.revision} ${ask.keep}` }, context, () => stopReplicas(site, ask)),
    consume: (ask, context) =>
      effect({ kind: 'consume', what: `${ask.revision} ${ask.active}` }, context, () =>
        consume(site, ask, context),
      ),
    runTask: (ask, context) =>
      isOpen ? runTask(site, ask, context, leaving) : Promise.resolve(fail('not_open')),
    observe: () => Promise.resolve(observeSite(site)),
    logs: (ask, signal) => readLogs(site, ask, signal),
    close({ erase }, context) {
      return performEffect(site, { kind: 'close', what: String(erase), always: true }, context, async () => {
        isOpen = false;
        await closeSite(site, erase);
        return ok(null);
      });
    },
    async release() {
      isOpen = false;
      for (const leave of leaving) leave();
    },
  };
}

function openSite(site: Site, environment: Environment): Result<null> {
  settle(site);
  site.declared = environment;
  site.stores = environment.stores;
  site.addresses = null;
  site.router.state = 'serving';
  const { hooks, migrations } = environment.release;
  const jobs = [...hooks.before, ...hooks.after, ...(migrations?.jobs ?? [])];
  for (const { service, purpose } of jobs) site.purposes.set(service.name, purpose);
  for (const { name } of environment.services) serviceOf(site, name);
  site.changed += 1;
  return ok(null);
}

async function closeSite(site: Site, erase: boolean): Promise<void> {
  site.router.overtaken.abort();
  for (const ending of site.running) ending.abort();
  await endAll(site);
  site.router.state = 'absent';
  site.declared = null;
  site.addresses = null;
  site.router.acknowledged = null;
  if (erase) site.router.wanted = null;
  site.changed += 1;
  note(site, 'closed');
}

/** Named by what was given to it: the variable BUILD, or the folder and how often it was changed. */
export function buildOf(world: WorldState, service: Service, sourceFolder: string): Revision {
  const given = service.env['BUILD'];
  const changes = world.changes.get(service.name) ?? 0;
  const build = given ?? `${sourceFolder}/${service.folder}@${changes}`;
  world.builds.add(build);
  return revisionOf(service, build, {});
}
