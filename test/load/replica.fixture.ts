/**
 * A replica for load: `node replica.fixture.ts NAME`. Says its port on stdout. Answers its name at once, or slowly, or in pieces, or
 * as events; sums up what is posted; echoes what comes over a WebSocket. Ends in order on SIGTERM.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

const name = process.argv[2] ?? 'nameless';

const server = createServer((request, response) => {
  response.setHeader('x-replica', name);
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  if (path === '/sum') void sum(request, response);
  else if (path === '/pieces') void pieces(response);
  else if (path === '/slow') setTimeout(() => response.end(name), Number(query) || 0);
  else if (path === '/events') void events(response);
  else response.end(name);
});

async function sum(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    response.end(`${bytes}`);
  } catch {
    response.destroy(); // the caller went away
  }
}

async function pieces(response: ServerResponse): Promise<void> {
  for (let piece = 0; piece < 5 && !response.destroyed; piece += 1) {
    response.write(`${piece};`);
    await delay(10);
  }
  response.end('end');
}

async function events(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  for (let number = 0; !response.destroyed; number += 1) {
    response.write(`data: ${number}\n\n`);
    await delay(100);
  }
}

const sockets = new WebSocketServer({ server, path: '/ws' });
sockets.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => socket.send(data.toString()));
  socket.on('error', () => undefined);
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), 2_000).unref();
});
// Nobody keeps it when whoever started it has died.
process.stdin.resume().on('end', () => process.exit(0));
