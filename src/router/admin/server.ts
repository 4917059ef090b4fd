import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { z } from 'zod';
import { fail, ok, type Result } from '#kernel';
import type { DrainRequest, UpgradeRequest } from '../contract.ts';
import type { EdgeKeeper } from '../front/keeper.ts';
import type { Log } from '../log.ts';
import type { Router } from '../router.ts';
import { parseTable } from '../table/parse.ts';
import { metricsOf } from './metrics.ts';
import { sendFailure, sendJson } from './problem.ts';
import { carries } from './token.ts';

/** What a health answer says of its process. */
export interface Health {
  readonly pid: number;
  readonly epoch: string;
  /** As `programVersion` says it. */
  readonly version: string;
  readonly workers: number;
}

interface Admin {
  readonly router: Router;
  readonly edge: EdgeKeeper;
  /** Hands over to a process of another program; resolves when that one serves. Failure: `router_not_upgraded` (reason). */
  readonly upgrade: (request: UpgradeRequest) => Promise<Result<{ readonly pid: number }>>;
  readonly token: string;
  readonly health: Health;
  readonly log: Log;
}

/** Enough for thousands of replicas. */
const largestBody = 1_048_576;
const day = 86_400_000;

const drainRequest = z.strictObject({
  replicas: z.array(z.string()).max(10_000),
  requestsMillis: z.number().min(0).max(day),
  websocketsMillis: z.number().min(0).max(day),
});

/** null: as the table says. */
const edgeRequest = z.strictObject({ maintenance: z.boolean().nullable() });

const upgradeRequest = z.strictObject({
  program: z.string().startsWith('/'),
  workers: z.int().min(1).max(64),
  requestsMillis: z.number().min(0).max(day),
  websocketsMillis: z.number().min(0).max(day),
});

/** Where the admin server listens: on the wanted port, or on any when that is taken; or on a socket that was given. */
export type AdminPlace = { readonly port: number | null } | { readonly fd: number };

/**
 * The way in for the control plane: `PUT /table`, `GET /state`, `POST /drain`, `GET /health`, `POST /upgrade`,
 * `GET` and `PUT /edge`, `GET /metrics` (for Prometheus); JSON, a bearer token for each. No connection is kept: after an upgrade the next one shall reach the process that serves.
 */
export async function startAdmin(admin: Admin, place: AdminPlace): Promise<Server> {
  const server = createServer({ requestTimeout: 30_000 }, (request, response) => {
    response.shouldKeepAlive = false;
    handle(admin, request, response).catch((reason: unknown) => {
      admin.log({ event: 'admin request failed', reason: String(reason) });
      sendFailure(response, { code: 'router_broken', facts: { reason: String(reason) } });
    });
  });
  const wanted = 'fd' in place ? place : loopback(place.port ?? 0);
  if (!(await listens(server, wanted)) && !(await listens(server, loopback(0))))
    throw new Error('no loopback port is free');
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const loopback = (port: number): ListenOptions => ({ port, host: '127.0.0.1', exclusive: true });

function listens(server: Server, where: ListenOptions | { readonly fd: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const refused = () => resolve(false);
    server.once('error', refused);
    server.listen(where, () => {
      server.off('error', refused);
      resolve(true);
    });
  });
}

async function handle(admin: Admin, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const result = carries(admin.token, request.headers.authorization)
    ? await perform(admin, request, response)
    : fail('router_token_wrong');
  if (result.ok && typeof result.value === 'string')
    response.setHeader('content-type', metricsType).end(result.value);
  else if (result.ok) sendJson(response, 200, result.value);
  else {
    if (!request.complete) response.setHeader('connection', 'close'); // its body was not read to the end
    sendFailure(response, result.error);
  }
}

const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

async function perform(
  { router, edge, health, upgrade }: Admin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Result<unknown>> {
  const page = `${request.method ?? ''} ${request.url ?? ''}`;
  switch (page) {
    case 'GET /health':
      return ok(health);
    case 'GET /state':
      return ok(await router.state());
    case 'GET /metrics':
      return ok(await metricsOf(router, edge));
    case 'GET /edge':
      return ok(edge.state());
    case 'PUT /edge': {
      const body = await readBody(request);
      if (!body.ok) return body;
      const asked = edgeRequest.safeParse(body.value);
      if (asked.success) return edge.setMaintenance(asked.data.maintenance);
      return fail('edge_request_invalid', { reason: asked.error.issues[0]?.message ?? '' });
    }
    case 'PUT /table': {
      const body = await readBody(request);
      if (!body.ok) return body;
      const table = parseTable(body.value);
      return table.ok ? router.setTable(table.value) : table;
    }
    case 'POST /drain': {
      const body = await readBody(request);
      if (!body.ok) return body;
      const asked = parseDrain(body.value);
      if (!asked.ok) return asked;
      // Who asked went away: nobody waits for the end any more, and a new one will ask again.
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      return router.drain(asked.value, gone.signal);
    }
    case 'POST /upgrade': {
      const body = await readBody(request);
      if (!body.ok) return body;
      const asked = upgradeRequest.safeParse(body.value);
      if (asked.success) return upgrade(asked.data);
      return fail('upgrade_invalid', { reason: asked.error.issues[0]?.message ?? '' });
    }
    default:
      return fail('router_page_unknown', { page });
  }
}

function parseDrain(value: unknown): Result<DrainRequest> {
  const parsed = drainRequest.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  return fail('drain_invalid', { reason: parsed.error.issues[0]?.message ?? '' });
}

/** The body as JSON; what is no JSON is `undefined`, which no schema takes. Failure: `request_too_large` (limit). */
async function readBody(request: IncomingMessage): Promise<Result<unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) return fail('request_too_large', { limit: largestBody });
    chunks.push(chunk);
  }
  try {
    return ok(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch {
    return ok(undefined);
  }
}
