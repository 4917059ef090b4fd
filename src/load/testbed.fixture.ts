import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, instant, millis, seededRandom, seconds } from '#kernel';
import { defaultLoadPlan, type LoadPlan, type PlannedRequest } from './plan.ts';
import type { LoadWorld } from './world.ts';

/** The passing of real time without the calendar. */
export const testClock: Clock = {
  now: () => instant(1_700_000_000_000 + performance.now()),
  sleep: (wait, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, wait);
      signal?.addEventListener('abort', done);
    }),
};

export function testWorld(parts: Partial<LoadWorld> = {}): LoadWorld {
  return { clock: testClock, random: seededRandom(7), monotonic: () => performance.now(), ...parts };
}

export function planFor(target: string, parts: Partial<LoadPlan> = {}): LoadPlan {
  return { ...defaultLoadPlan, target, timeout: seconds(20), rate: 2_000, ...parts };
}

export function planned(parts: Partial<PlannedRequest> = {}): PlannedRequest {
  return { method: 'GET', path: '/', headers: {}, body: null, weight: 1, expect: null, ...parts };
}

export const never = millis(600_000);

export type Received = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { readonly body: string };

/** A server on a free loopback port that remembers what it received. */
export async function startServer(
  answer: (request: Received, response: ServerResponse, number: number) => void,
  onSocket: (socket: WebSocket, request: IncomingMessage) => void = () => {},
  options: { autoPong?: boolean; refuseUpgrade?: () => boolean } = {},
) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body });
      answer({ method, url, headers, body }, response, received.length);
    });
  });
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    autoPong: options.autoPong ?? true,
  });
  server.on('upgrade', (request, socket, head) => {
    if (options.refuseUpgrade?.() === true) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => onSocket(opened, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    target: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    sockets: () => [...sockets.clients],
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
