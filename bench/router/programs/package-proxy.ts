/** A proxy by an npm package, as small as it can be: `package-proxy.ts JSON` (see candidates/packages.ts). */
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Services } from '../services.ts';

const { name, file, port, socketsPort, services } = JSON.parse(process.argv[2] ?? '') as {
  readonly name: string;
  readonly file: string;
  readonly port: number;
  readonly socketsPort: number | null;
  readonly services: Services;
};

interface HttpProxy {
  web(request: IncomingMessage, response: ServerResponse, options: { target: string }): void;
  ws(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  on(event: 'error', listener: (reason: Error, request: IncomingMessage, response: unknown) => void): void;
}
interface HttpProxyPackage {
  createProxyServer(options: { agent?: Agent; target?: string; xfwd: boolean }): HttpProxy;
}
type FastProxyPackage = (options: { base: string; undici: { connections: number; pipelining: number } }) => {
  readonly proxy: (
    request: IncomingMessage,
    response: ServerResponse,
    url: string,
    options: { base: string },
  ) => void;
};

const arms = [
  { base: `http://127.0.0.1:${services.stable}`, weight: 90, credit: 0 },
  { base: `http://127.0.0.1:${services.canary}`, weight: 10, credit: 0 },
];

/** Smooth weighted choice. */
function choose(): string {
  const [stable, canary] = arms;
  if (stable === undefined || canary === undefined) throw new Error('two arms');
  stable.credit += stable.weight;
  canary.credit += canary.weight;
  const chosen = canary.credit > stable.credit ? canary : stable;
  chosen.credit -= 100;
  return chosen.base;
}

const loaded = (await import(file)) as { readonly default: unknown };
if (name === 'fast-proxy') {
  const undici = { connections: 256, pipelining: 1 };
  const open = loaded.default as FastProxyPackage;
  const proxies = new Map(arms.map(({ base }) => [base, open({ base, undici })]));
  listen(port, (request, response) => {
    const base = choose();
    proxies.get(base)?.proxy(request, response, request.url ?? '/', { base });
  });
} else {
  const http = loaded.default as HttpProxyPackage;
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const web = http.createProxyServer({ agent, xfwd: true });
  web.on('error', (_, __, response) => (response as ServerResponse).writeHead(502).end());
  listen(port, (request, response) => web.web(request, response, { target: choose() }));
  const sockets = http.createProxyServer({ target: `http://127.0.0.1:${services.echo}`, xfwd: true });
  sockets.on('error', () => undefined);
  if (socketsPort !== null)
    listen(socketsPort, (_, response) => response.writeHead(404).end()).on(
      'upgrade',
      (request, socket, head) => sockets.ws(request, socket, head),
    );
}

function listen(on: number, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer({ keepAliveTimeout: 600_000 }, answer);
  return server.listen({ port: on, host: '127.0.0.1', backlog: 1_024 });
}
