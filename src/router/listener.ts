import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, fail, millis, ok, type Result } from '#kernel';
import { forward } from './forward.ts';
import type { Site, World } from './site.ts';
import { isWebSocket, upgrade } from './websocket/upgrade.ts';

/** A port that is listened on. */
export interface Listener {
  readonly port: number;
  readonly site: Site;
  /**
   * No new connections. Those that wait for a request are closed, the others when their last answer is out; resolves
   * then.
   */
  close(): Promise<void>;
  /** Closes all that is left. */
  destroy(): void;
}

/** Listens on a loopback port, for no route yet. Failure: `port_taken` (facts: port, service). */
export function openListener(port: number, service: string, world: World): Promise<Result<Listener>> {
  const site: Site = { route: null, isPreview: false, world };
  const server = createServer({
    insecureHTTPParser: false, // whatever NODE_OPTIONS says: a lenient parser lets requests be smuggled
    requestTimeout: 0, // an upload may take as long as it takes; its head may not (headersTimeout)
    headersTimeout: 60_000,
    keepAliveTimeout: 65_000,
    shouldUpgradeCallback: isWebSocket,
  });
  server.on('request', (request, response) => forward(site, request, response));
  server.on('checkContinue', (request, response) => forward(site, request, response));
  server.on('upgrade', (request, socket, early) => upgrade(site, request, socket as Socket, early));
  return new Promise((resolve) => {
    server.once('error', () => resolve(fail('port_taken', { port, service })));
    server.listen({ port, host: '127.0.0.1', backlog: 1024, exclusive: true }, () => {
      resolve(
        ok({
          port,
          site,
          close: () => close(server, world.clock),
          destroy: () => server.closeAllConnections(),
        }),
      );
    });
  });
}

/** Node closes the connections that are idle at this moment; those that become idle later are ours to close. */
async function close(server: Server, clock: Clock): Promise<void> {
  const closed = new AbortController();
  server.close(() => closed.abort());
  while (!closed.signal.aborted) {
    server.closeIdleConnections();
    await clock.sleep(millis(100), closed.signal);
  }
}
