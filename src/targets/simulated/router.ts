import type { RouteTable } from '#core/release';
import { canonicalJson, fail, millis, ok, type Result } from '#kernel';
import type { EffectContext } from '#ports';
import { exponential, happens } from './draws.ts';
import { timeLeft } from './faults.ts';
import { settle } from './load.ts';
import { serviceOf } from './site.ts';
import { type ArmState, note, readyCount, type Site, violated } from './state.ts';

/** From a table being sent to it being in force, on average; and when the router is slow. */
const usual = 20;
const late = 8_000;
const aDay = millis(86_400_000);

/** Revisions of which the controller had seen nobody ready when it asked for a table: what it knew then counts. */
export function unseenIn(site: Site, table: RouteTable): ReadonlySet<string> {
  const unseen = new Set<string>();
  for (const { arms } of table.routes)
    for (const { revision } of arms) {
      const state = site.revisions.get(revision);
      if (state === undefined || state.seenReady === 0) unseen.add(revision);
    }
  return unseen;
}

/**
 * Hands a table to the router and waits for its acknowledgement. Given up or not, a table that was handed over comes into
 * force some day unless a newer one overtakes it. Failures: `route_stale` (facts: version, present), `cancelled`.
 */
export async function setRoute(
  site: Site,
  table: RouteTable,
  unseen: ReadonlySet<string>,
  context: EffectContext,
): Promise<Result<{ acknowledged: number }>> {
  const { router } = site;
  const present = router.wanted;
  const same = isSame(present, table);
  if (!same && present !== null && table.version <= present.version)
    return fail('route_stale', { version: table.version, present: present.version });
  // The same one after the environment was down: the router that knew it is gone.
  if (!same || router.overtaken.signal.aborted) {
    router.wanted = table;
    router.overtaken.abort('overtaken');
    router.overtaken = new AbortController();
    router.pushed = push(site, table, unseen, router.overtaken.signal);
  }
  const over = new AbortController();
  const given = site.world.clock.sleep(timeLeft(site.world.clock, context), anyOf(context.signal, over));
  await Promise.race([router.pushed, given]);
  over.abort('over');
  if (router.acknowledged !== null && router.acknowledged.version >= table.version)
    return ok({ acknowledged: table.version });
  return fail('cancelled', { what: context.key });
}

function anyOf(signal: AbortSignal, over: AbortController): AbortSignal {
  if (signal.aborted) over.abort('over');
  else signal.addEventListener('abort', () => over.abort('over'), { once: true });
  return over.signal;
}

const isSame = (a: RouteTable | null, b: RouteTable): boolean =>
  a === b || (a !== null && a.version === b.version && canonicalJson(a) === canonicalJson(b));

async function push(
  site: Site,
  table: RouteTable,
  unseen: ReadonlySet<string>,
  overtaken: AbortSignal,
): Promise<void> {
  const { clock, faults, infirmary } = site.world;
  const { random, router } = site;
  if (happens(random, faults.routeNever)) await infirmary.wait(clock, aDay, overtaken);
  else if (happens(random, faults.routeLate))
    await infirmary.wait(clock, millis(exponential(random, late)), overtaken);
  await clock.sleep(millis(2 + exponential(random, usual)), overtaken);
  if (router.downUntil > clock.elapsed())
    await clock.sleep(millis(router.downUntil - clock.elapsed()), overtaken);
  if (!overtaken.aborted && router.state === 'serving') putInForce(site, table, unseen);
}

/** The moment of truth: from here on requests go where the table says. */
function putInForce(site: Site, table: RouteTable, unseen: ReadonlySet<string>): void {
  settle(site);
  site.changed += 1;
  for (const { service, arms } of table.routes) {
    const sum = arms.reduce((total, arm) => total + arm.weight, 0);
    if (sum !== 100) violated(site, 'R2', `the weights of ${service} sum to ${sum}`);
    const state = serviceOf(site, service);
    const before = state.arms;
    state.arms = arms.map(({ revision: id, role, weight }): ArmState => {
      const revision = site.revisions.get(id) ?? null;
      const had = before.find((arm) => arm.id === id);
      const forsaken = unseen.has(id) && isForsaken(before, revision, weight, had?.weight ?? 0);
      if (forsaken && had?.forsaken !== true)
        violated(site, 'R1', `table ${table.version} gives ${weight} % to ${id}, of which nobody is ready`);
      return { id, revision, role, weight, forsaken: forsaken || (had?.forsaken ?? false) };
    });
  }
  const routed = new Set(table.routes.map(({ service }) => service));
  for (const service of site.services.values()) if (!routed.has(service.name)) service.arms = [];
  site.router.acknowledged = table;
  site.addresses = null;
  note(site, `table ${table.version}`);
}

/**
 * R1. Requests that somebody would have answered are sent to nobody, and whoever did so could have known: nobody of that
 * revision was ready when the controller had looked before it asked (`unseenIn`), and nobody is now. What dies in between is not the controller's.
 */
function isForsaken(
  before: readonly ArmState[],
  revision: ArmState['revision'],
  weight: number,
  had: number,
): boolean {
  if (weight <= had) return false;
  if (revision !== null && readyCount(revision) > 0) return false;
  const routed = before.filter((arm) => arm.weight > 0);
  return routed.length === 0 || routed.some((arm) => arm.revision !== null && readyCount(arm.revision) > 0);
}

/** The weight of a revision in the table that the router has acknowledged. */
export function weightOf(site: Site, revision: string): number {
  for (const { arms } of site.services.values())
    for (const arm of arms) if (arm.id === revision) return arm.weight;
  return 0;
}

/** A revision that is started after its table came into force is found by it. */
export function joinArms(site: Site, id: string): void {
  for (const service of site.services.values())
    if (service.arms.some((arm) => arm.id === id && arm.revision === null))
      service.arms = service.arms.map((arm) =>
        arm.id === id ? { ...arm, revision: site.revisions.get(id) ?? null } : arm,
      );
}
