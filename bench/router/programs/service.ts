/** `service.ts answer PORT,PORT BODY` answers every request with the body; `service.ts echo PORT` sends WebSockets' frames back. */
import { createServer, type Server } from 'node:http';
import { WebSocketServer } from 'ws';

const [what, ports = '', body = 'ok'] = process.argv.slice(2);
const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
for (const port of ports.split(',')) {
  const server = createServer({ keepAliveTimeout: 600_000 }, (_, response) =>
    response.writeHead(200, headers).end(body),
  );
  if (what === 'echo') echoOn(server);
  server.listen({ port: Number(port), host: '127.0.0.1', backlog: 1_024 });
}

function echoOn(server: Server): void {
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('error', () => undefined); // 'close' follows
  });
}
