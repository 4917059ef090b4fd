import type { Arm, RouteTable } from '#core/release';
import type { Environment } from '#core/system';
import type { RouterArm, RouterRoute, RouterTable } from '#router';

/** One replica as the table sees it. */
export interface Candidate {
  readonly replica: string;
  readonly revision: string;
  readonly port: number;
  readonly isReady: boolean;
  readonly couldServe: boolean;
}

/**
 * The table the router should have: the weights of the engine with the replicas that can take requests. Services
 * without a port here (queue consumers, services of an older definition) have no route.
 */
export function routesOf(options: {
  environment: Environment;
  table: RouteTable;
  ports: Readonly<Record<string, number>>;
  previews: Readonly<Record<string, number>>;
  candidates: readonly Candidate[];
}): RouterTable['routes'] {
  const routes: RouterRoute[] = [];
  for (const route of options.table.routes) {
    const port = options.ports[route.service];
    const service = options.environment.services.find(({ name }) => name === route.service);
    if (port === undefined || service === undefined) continue;
    const { affinity } = service;
    routes.push({
      service: route.service,
      port,
      preview: options.previews[route.service] ?? null,
      affinity: affinity === null ? null : { cookie: affinity.cookie, lifetimeMillis: affinity.lifetime },
      arms: route.arms.map((arm) => armOf(arm, options.candidates)),
    });
  }
  return routes;
}

/** Of the ports of previews those behind which a canary is to be had by this table. */
export function previewPorts(
  table: RouteTable | null,
  previews: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const split = (table?.routes ?? []).filter(({ arms }) => arms.some(({ role }) => role === 'canary'));
  const names = new Set(split.map(({ service }) => service));
  return Object.fromEntries(Object.entries(previews).filter(([service]) => names.has(service)));
}

/**
 * Replicas that are not ready leave the arm, unless none would be left while some still run: an answer from one that
 * says it is not ready is better than none at all.
 */
function armOf(arm: Arm, candidates: readonly Candidate[]): RouterArm {
  const mine = candidates.filter(({ revision }) => revision === arm.revision);
  const ready = mine.filter(({ isReady }) => isReady);
  const chosen = ready.length > 0 ? ready : mine.filter(({ couldServe }) => couldServe);
  const endpoints = chosen
    .map(({ replica, port }) => ({ replica, port }))
    .sort((a, b) => (a.replica < b.replica ? -1 : 1));
  return { revision: arm.revision, role: arm.role, weight: arm.weight, endpoints };
}
