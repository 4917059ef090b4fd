import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fail, ok } from '#kernel';
import type { RouterArm, RouterTable } from '#router';
import type { RouterClient, RouterStarter } from '../router-client.ts';

/** A small router inside the test's own process: real sockets, no weights beyond "has one or has none". */
export function standInRouter(): RouterStarter & { stopAll(): Promise<void> } {
  const running = new Map<string, RouterClient>();
  const start: RouterStarter = async ({ folder }) => {
    const present = running.get(folder);
    if (present?.isRunning() === true) return ok(present);
    const started = createInstance(`epoch-${running.size}-${folder}`);
    running.set(folder, started);
    return ok(started);
  };
  return Object.assign(start, {
    stopAll: async () => {
      for (const client of running.values()) await client.stop();
    },
  });
}

function createInstance(epoch: string): RouterClient {
  let table: RouterTable = { version: 0, generation: 0, routes: [] };
  let isUp = true;
  const servers = new Map<number, Server>();
  const open = new Map<string, number>();

  function handle(port: number, incoming: IncomingMessage, response: ServerResponse): void {
    const route = table.routes.find((each) => each.port === port || each.preview === port);
    const isPreview = route?.preview === port;
    const wanted = incoming.headers['x-fairway-arm'];
    const arm = route === undefined ? undefined : chooseArm(route.arms, isPreview ? 'canary' : wanted);
    const endpoint = arm?.endpoints[Math.floor(Math.random() * arm.endpoints.length)];
    if (endpoint === undefined) {
      response.writeHead(503).end('no endpoint');
      return;
    }
    open.set(endpoint.replica, (open.get(endpoint.replica) ?? 0) + 1);
    response.on('close', () => open.set(endpoint.replica, (open.get(endpoint.replica) ?? 1) - 1));
    const { method, url, headers } = incoming;
    const onward = request(
      { host: '127.0.0.1', port: endpoint.port, method, path: url, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.headersSent || response.writeHead(502).end());
    incoming.pipe(onward);
  }

  return {
    state: async () => {
      const { version, generation } = table;
      const each = [...open].map(([replica, requests]) => ({ replica, requests, sockets: 0 }));
      return ok({ epoch, version, generation, counts: [], open: each });
    },
    async setTable(next) {
      const isOlder =
        next.version < table.version ||
        (next.version === table.version && next.generation <= table.generation);
      if (isOlder) return fail('table_stale', { version: table.version, generation: table.generation });
      for (const port of next.routes.flatMap((route) => [route.port, route.preview ?? route.port])) {
        if (servers.has(port)) continue;
        const server = createServer((incoming, response) => handle(port, incoming, response));
        servers.set(port, server);
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject).listen(port, '127.0.0.1', resolve);
        });
      }
      table = next;
      return ok({ version: next.version, generation: next.generation });
    },
    async drain({ replicas, requestsMillis }, signal) {
      const end = Date.now() + requestsMillis;
      const left = () => replicas.reduce((sum, replica) => sum + (open.get(replica) ?? 0), 0);
      while (left() > 0 && Date.now() < end && !signal.aborted) await delay(10);
      return ok({ cut: left() });
    },
    async stop() {
      isUp = false;
      for (const server of servers.values()) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
      servers.clear();
      return ok(null);
    },
    isRunning: () => isUp,
  };
}

function chooseArm(arms: readonly RouterArm[], wanted: unknown): RouterArm | undefined {
  return arms.find(({ role }) => role === wanted) ?? arms.find(({ weight }) => weight > 0);
}
