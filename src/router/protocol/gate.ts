import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '#kernel';
import { answer } from '../answer.ts';
import { guardBodies } from './body-guard.ts';
import { type Fault, framingOf } from './faults.ts';
import { answerParserErrors } from './parser-errors.ts';
import type { ListenerSettings } from './settings.ts';

/** Refuses what no strict proxy passes on. */
export interface Gate {
  /** Whether the request may go on; its body is watched then. Otherwise it has been answered. */
  admits(request: IncomingMessage, response: ServerResponse): boolean;
  admitsUpgrade(request: IncomingMessage, socket: Socket): boolean;
}

/**
 * Guards a server that speaks HTTP/1, with TLS before it or without; made with `serverOptions`. Who listens for its requests
 * and upgrades asks the gate first.
 */
export function guardServer(server: Server, settings: ListenerSettings, clock: Clock): Gate {
  const bodies = guardBodies(settings, clock);
  const errors = answerParserErrors(server);
  /** Connections on which something was refused: what was sent behind it reaches nobody. */
  const over = new WeakSet<Socket>();
  const refuse = (response: ServerResponse, { status, sentence, headers }: Fault) => {
    over.add(response.req.socket);
    answer(response, status, sentence, { ...headers, connection: 'close' });
  };
  server.maxConnections = settings.connections;
  // Node would leave out the fields beyond its number, and answer a request without a host, without minding what was
  // sent behind it. Both are looked at here; Node reads them of the server.
  Object.assign(server, { maxHeadersCount: 0, requireHostHeader: false });
  server.on('connect', (request, socket) => {
    const fault = framingOf(request, settings).fault ?? noTunnel;
    responseOn(request, socket as Socket, (response) => refuse(response, fault));
  });
  server.once('close', () => bodies.stop());
  return {
    admits(request, response) {
      if (over.has(request.socket)) return false;
      errors.noteLatest(response);
      const { fault, hasBody } = framingOf(request, settings);
      if (fault !== null) refuse(response, fault);
      else if (request.url === '*') response.writeHead(204).end();
      else {
        if (hasBody) bodies.watch(request, response);
        return true;
      }
      return false;
    },
    admitsUpgrade(request, socket) {
      if (over.has(socket)) return false;
      const { fault } = framingOf(request, settings);
      if (fault !== null) responseOn(request, socket, (response) => refuse(response, fault));
      return fault === null;
    },
  };
}

const noTunnel: Fault = { status: 501, sentence: 'tunnels are not opened here' };

/** A response on a connection that Node has let go of; the connection ends behind it. */
function responseOn(
  request: IncomingMessage,
  socket: Socket,
  write: (response: ServerResponse) => void,
): void {
  socket.on('error', () => socket.destroy());
  if (socket.destroyed) return;
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.once('finish', () => {
    response.detachSocket(socket);
    socket.destroySoon();
  });
  write(response);
}
