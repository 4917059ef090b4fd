import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, isFromOwnPage, type Log, type Metrics } from 'fairway-kit';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { channels } from '../common/channels.ts';
import type { Identities } from './identity.ts';

export interface Sockets {
  attach(server: Server): void;
  /** Asks all browsers to come again elsewhere (1012), and waits until they have gone. */
  end(): Promise<void>;
}

interface Listener {
  readonly socket: WebSocket;
  readonly userId: string;
  readonly cookies: string | undefined;
  isAlive: boolean;
}

const codes = { restart: 1012, overload: 1013, signedOut: 4401 } as const;
const mostUnsent = 1_000_000; // bytes; who is so far behind must begin anew
const notice = z.object({ userId: z.string(), notification: z.unknown() });

/**
 * GET /ws for whoever is signed in: all quotes, and what he himself is told. Redis publishes, each gateway hands on to its own
 * sockets. `redis` is a connection of its own, because a subscriber can do nothing else.
 */
export function createSockets(world: {
  readonly redis: Redis;
  readonly identities: Identities;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly pingMillis: number;
  readonly stopping: AbortSignal;
}): Sockets {
  const { redis, identities, clock, log, metrics, pingMillis, stopping } = world;
  const listeners = new Set<Listener>();
  const server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: 4_096 });
  metrics.gauge('websocket_connections', 'Open WebSockets.', () => [{ value: listeners.size }]);

  function send(text: string, isFor: (listener: Listener) => boolean): void {
    for (const listener of listeners) {
      const { socket } = listener;
      if (!isFor(listener) || socket.readyState !== socket.OPEN) continue;
      if (socket.bufferedAmount > mostUnsent) socket.close(codes.overload, 'too slow');
      else socket.send(text);
    }
  }

  redis.on('message', (channel: string, text: string) => {
    if (channel === channels.quotes) return send(`{"topic":"quotes","data":${text}}`, () => true);
    const { userId, notification } = notice.parse(JSON.parse(text));
    send(JSON.stringify({ topic: 'notification', data: notification }), (one) => one.userId === userId);
  });
  // Queued until there is a connection, and repeated by itself on every new one.
  void redis.subscribe(channels.quotes, channels.notifications).catch(() => undefined);

  void (async () => {
    while (!stopping.aborted) {
      await clock.sleep(pingMillis, stopping);
      for (const listener of listeners) void beat(listener);
    }
  })();

  async function beat(listener: Listener): Promise<void> {
    const { socket, cookies } = listener;
    if (!listener.isAlive) return socket.terminate();
    listener.isAlive = false;
    socket.ping();
    const identity = await identities.find(cookies).catch(() => undefined);
    if (identity === null) socket.close(codes.signedOut, 'signed out');
  }

  function add(socket: WebSocket, userId: string, cookies: string | undefined): void {
    const listener = { socket, userId, cookies, isAlive: true };
    listeners.add(listener);
    const alive = () => void (listener.isAlive = true);
    socket.on('pong', alive).on('ping', alive).on('message', alive);
    socket.on('error', () => socket.terminate());
    socket.on('close', () => listeners.delete(listener));
    socket.send('{"topic":"welcome","data":{}}');
  }

  /** Who it is, or the status of the refusal. */
  async function admit(request: IncomingMessage): Promise<string | number> {
    const { headers, url = '/' } = request;
    if (stopping.aborted) return 503;
    if (new URL(url, 'http://gateway').pathname !== '/ws') return 404;
    if (!isFromOwnPage(headers)) return 403;
    const identity = await identities.find(headers.cookie);
    return identity?.userId ?? 401;
  }

  return {
    attach(http) {
      http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        socket.on('error', () => socket.destroy());
        admit(request).then(
          (admitted) => {
            if (typeof admitted === 'number') return refuse(socket, admitted);
            server.handleUpgrade(request, socket, head, (opened) =>
              add(opened, admitted, request.headers.cookie),
            );
          },
          (reason: unknown) => {
            log.warning('a socket was refused', { reason });
            refuse(socket, 503);
          },
        );
      });
    },
    async end() {
      const gone = [...listeners].map(
        ({ socket }) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
      );
      for (const { socket } of listeners) socket.close(codes.restart, 'service restart');
      await Promise.all(gone);
    },
  };
}

function refuse(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  );
}
