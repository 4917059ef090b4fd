import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addressList } from '#edge';
import { seededRandom } from '#kernel';
import { createBackends } from '../../backend.ts';
import type { RouterRoute } from '../../contract.ts';
import { createCounters } from '../../counters.ts';
import type { TrustingSite } from '../../entry.ts';
import { createIdentifiers } from '../../identifiers.ts';
import { liveRouteOf } from '../../routes.ts';
import { systemClock } from '../../testing/place.ts';
import { serve, serverOptions } from '../serve.ts';
import { defaultSettings, type ListenerSettings } from '../settings.ts';

/** One listening port in front of given replicas, with limits of its own. */
export interface Stand {
  readonly port: number;
  /** Requests and failures of the one revision. */
  counts(): readonly [requests: number, failures: number];
  /** Requests that are open at the replicas. */
  open(): number;
  /** Routes by these replicas from now on; the others get nothing new. */
  route(replicas: readonly number[]): void;
  close(): Promise<void>;
}

export async function startStand(
  replicas: readonly number[],
  settings: Partial<ListenerSettings> = {},
): Promise<Stand> {
  const limits = { ...defaultSettings, ...settings };
  const random = seededRandom(1);
  const world = { clock: systemClock, random, identifiers: createIdentifiers(random), isEnding: false };
  const site: TrustingSite = { route: null, isPreview: false, world, trusted: addressList(limits.trusted) };
  const server = createServer(serverOptions(limits));
  serve(server, site, limits);
  const [backends, counters] = [createBackends(), createCounters()];
  const route = (ports: readonly number[]) => {
    const endpoints = ports.map((port) => ({ replica: `replica-${port}`, port }));
    const arms: RouterRoute['arms'] = [{ revision: 'r', role: 'stable', weight: 100, endpoints }];
    for (const backend of backends.all()) backend.isRouted = false;
    site.route = liveRouteOf(
      { service: 'web', port: 1, preview: null, affinity: null, arms },
      backends,
      counters,
    );
    for (const backend of site.route.stable?.backends ?? []) backend.isRouted = true;
    for (const backend of backends.all()) backend.settle();
  };
  route(replicas);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    counts() {
      const found = counters.read()[0];
      return [found?.requests ?? 0, found?.failures ?? 0];
    },
    open: () => backends.open().reduce((sum, { requests }) => sum + requests, 0),
    route,
    async close() {
      server.closeAllConnections();
      server.close();
      route([]);
      await once(server, 'close');
    },
  };
}
