import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TrustingSite } from '../entry.ts';
import { forward } from '../forward.ts';
import { isWebSocket, upgrade } from '../websocket/upgrade.ts';
import { guardServer } from './gate.ts';
import type { ListenerSettings } from './settings.ts';

/** For every server that speaks HTTP/1 to callers, with TLS before it or without. */
export const serverOptions = (settings: ListenerSettings) => ({
  insecureHTTPParser: false, // whatever NODE_OPTIONS says: a lenient parser lets requests be smuggled
  requestTimeout: 0, // an upload may take as long as it comes at all; see `bodyMillis`
  headersTimeout: settings.headMillis,
  connectionsCheckingInterval: Math.min(1_000, settings.headMillis / 2),
  keepAliveTimeout: settings.idleMillis,
  maxHeaderSize: settings.head,
  shouldUpgradeCallback: isWebSocket,
});

/** Passes on what comes to a server. */
export function serve(server: Server, site: TrustingSite, settings: ListenerSettings): void {
  const gate = guardServer(server, settings, site.world.clock);
  const pass = (request: IncomingMessage, response: ServerResponse) => {
    if (gate.admits(request, response)) forward(site, request, response);
  };
  server.on('request', pass).on('checkContinue', pass).on('checkExpectation', pass);
  server.on('upgrade', (request, stream, early) => {
    const socket = stream as Socket;
    if (gate.admitsUpgrade(request, socket)) upgrade(site, request, socket, early);
  });
}
