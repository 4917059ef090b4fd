import { labelsOf, metricText } from '#edge';
import type { RouterTotals } from '../contract.ts';
import type { EdgeKeeper } from '../front/keeper.ts';
import type { Router } from '../router.ts';

/**
 * What the router and its edge count, for Prometheus. `fairway_router_…` are requests by all ways, those between services
 * too; `fairway_edge_…` are those from outside.
 */
export async function metricsOf(router: Pick<Router, 'state'>, edge: EdgeKeeper): Promise<string> {
  const { counts, open } = await router.state();
  const totals = (of: (one: RouterTotals) => number) =>
    new Map(counts.map((one) => [labelsOf({ service: one.service, revision: one.revision }), of(one)]));
  const byReplica = (of: (one: (typeof open)[number]) => number) =>
    new Map(open.map((one) => [labelsOf({ replica: one.replica }), of(one)]));
  return [
    metricText(
      'fairway_router_requests_total',
      'counter',
      'Requests of a revision.',
      totals((one) => one.requests),
    ),
    metricText(
      'fairway_router_failures_total',
      'counter',
      'Those that failed.',
      totals((one) => one.failures),
    ),
    metricText(
      'fairway_router_open_requests',
      'gauge',
      'Requests in flight.',
      byReplica((one) => one.requests),
    ),
    metricText(
      'fairway_router_open_websockets',
      'gauge',
      'Open WebSockets.',
      byReplica((one) => one.sockets),
    ),
    await edge.metrics(),
  ].join('');
}
