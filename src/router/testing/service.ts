import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A service behind the router: answers its name, and does on other paths what the tests need. */
export interface Service {
  readonly name: string;
  readonly port: number;
  readonly server: Server;
  /** How many requests came so far. */
  requests(): number;
  /** Callers that went away before their answer was complete. */
  aborted(): number;
  /** Lets all requests to /hold answer. */
  release(): void;
  held(): number;
  /** Sends one event to everyone on /events. */
  emit(data: string): void;
  listeners(): number;
  /** Bytes that /endless has written so far. */
  written(): number;
  /** The open WebSockets, and the codes of those that closed. */
  readonly sockets: Set<WebSocket>;
  readonly closeCodes: number[];
  /** Texts that came over WebSockets. */
  readonly received: string[];
  /** Ends it the hard way. */
  kill(): Promise<void>;
}

export async function startService(name: string, port = 0): Promise<Service> {
  const seen = { requests: 0, aborted: 0, written: 0 };
  const held = new Set<ServerResponse>();
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    seen.requests += 1;
    response.on('close', () => {
      held.delete(response);
      streams.delete(response);
      if (!response.writableFinished) seen.aborted += 1;
    });
    act(request, response);
  });

  function act(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://service');
    if (pathname === '/hold') held.add(response);
    else if (pathname === '/echo-head')
      response.end(JSON.stringify({ method: request.method, url: request.url, raw: request.rawHeaders }));
    else if (pathname.startsWith('/status/')) response.writeHead(Number(pathname.slice(8))).end(name);
    else if (pathname === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      streams.add(response);
    } else if (pathname === '/sum') void sum(request, response);
    else if (pathname === '/endless') endless(response);
    else if (pathname === '/refuse-early') response.writeHead(413, { connection: 'close' }).end('too large');
    else if (pathname === '/break') {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('a part', () => response.socket?.destroy());
    } else if (pathname === '/reset') request.socket.destroy();
    else if (pathname === '/odd-head')
      response
        .writeHead(200, [
          'X-Hop',
          '1',
          'Connection',
          'X-Hop',
          'X-Kept',
          '1',
          'Set-Cookie',
          'a=1',
          'Set-Cookie',
          'b=2',
        ])
        .end();
    else response.end(name);
  }

  function endless(response: ServerResponse): void {
    const block = Buffer.alloc(65_536);
    const write = () => {
      while (!response.destroyed) {
        seen.written += block.length;
        if (!response.write(block)) return;
      }
    };
    response.on('drain', write);
    write();
  }

  const sockets = new Set<WebSocket>();
  const [closeCodes, received]: [number[], string[]] = [[], []];
  const websockets = new WebSocketServer({ server, path: '/socket' });
  websockets.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('message', (data: Buffer) => {
      received.push(data.toString());
      socket.send(`${name}:${data.toString()}`);
    });
    socket.on('close', (code) => {
      sockets.delete(socket);
      closeCodes.push(code);
    });
    socket.on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    name,
    port: (server.address() as AddressInfo).port,
    server,
    requests: () => seen.requests,
    aborted: () => seen.aborted,
    held: () => held.size,
    release() {
      for (const response of held) response.end(name);
    },
    emit(data) {
      for (const response of streams) response.write(`data: ${data}\n\n`);
    },
    listeners: () => streams.size,
    written: () => seen.written,
    sockets,
    closeCodes,
    received,
    async kill() {
      for (const socket of sockets) socket.terminate();
      websockets.close();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function sum(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of request) hash.update(chunk as Buffer);
  response.end(hash.digest('hex'));
}
