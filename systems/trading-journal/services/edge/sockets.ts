import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { contextOf, type Log, type RateLimit, withRequest } from 'fairway-kit';
import { addressOf } from './address.ts';
import type { FanOut } from './fan-out.ts';
import { isSameOrigin, sessionCookie } from './guards.ts';
import type { OpenSession, Sessions } from './sessions.ts';

const largestMessage = 4_096; // clients have nothing to say

/** GET /ws: a WebSocket for whoever has a session. Everybody else gets a plain HTTP refusal. */
export function acceptSockets(
  server: Server,
  parts: {
    readonly sessions: Sessions;
    readonly fanOut: FanOut;
    readonly rateLimit: RateLimit;
    readonly proxies: number;
    readonly stopping: AbortSignal;
    readonly log: Log;
  },
): void {
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: largestMessage });

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    withRequest(contextOf(request, request.socket.remoteAddress), () => admit(request, parts)).then(
      (admitted) => {
        if (typeof admitted === 'number') return refuse(socket, admitted);
        sockets.handleUpgrade(request, socket, head, (opened) => parts.fanOut.add(opened, admitted));
      },
      (reason: unknown) => {
        parts.log.error('unforeseen', { reason });
        refuse(socket, 500);
      },
    );
  });
}

/** The session, or the HTTP status of the refusal. */
async function admit(
  request: IncomingMessage,
  { sessions, rateLimit, proxies, stopping }: Parameters<typeof acceptSockets>[1],
): Promise<OpenSession | number> {
  const header = (name: string) => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  if (stopping.aborted) return 503;
  if (new URL(request.url ?? '/', 'http://edge').pathname !== '/ws') return 404;
  if (!(await rateLimit.take(addressOf(request, proxies))).allowed) return 429;
  if (!isSameOrigin(header)) return 403;
  const session = await sessions.find(cookieValue(header('cookie'), sessionCookie));
  if (!session.ok) return 502;
  return session.value ?? 401;
}

function cookieValue(cookies: string | undefined, name: string): string | undefined {
  const found = (cookies ?? '').split(';').find((each) => each.trim().startsWith(`${name}=`));
  const value = found?.trim().slice(name.length + 1);
  return value === undefined ? undefined : decodeURIComponent(value);
}

function refuse(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  );
}
