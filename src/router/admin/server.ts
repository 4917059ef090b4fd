import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { fail, ok, type Result } from '#kernel';
import type { DrainRequest } from '../contract.ts';
import type { Log } from '../log.ts';
import type { Router } from '../router.ts';
import { parseTable } from '../table/parse.ts';
import { sendFailure, sendJson } from './problem.ts';
import { carries } from './token.ts';

/** What a health answer says of its process. */
export interface Health {
  readonly pid: number;
  readonly epoch: string;
}

interface Admin {
  readonly router: Router;
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

/**
 * The way in for the control plane: `PUT /table`, `GET /state`, `POST /drain`, `GET /health`; JSON, a bearer token for
 * each. Listens on the wanted loopback port, or on any when that is taken.
 */
export async function startAdmin(admin: Admin, wantedPort: number | null): Promise<Server> {
  const server = createServer({ requestTimeout: 30_000 }, (request, response) => {
    handle(admin, request, response).catch((reason: unknown) => {
      admin.log({ event: 'admin request failed', reason: String(reason) });
      sendFailure(response, { code: 'router_broken', facts: { reason: String(reason) } });
    });
  });
  const isWantedFree = wantedPort !== null && (await listens(server, wantedPort));
  if (!isWantedFree && !(await listens(server, 0))) throw new Error('no loopback port is free');
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const refused = () => resolve(false);
    server.once('error', refused);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.off('error', refused);
      resolve(true);
    });
  });
}

async function handle(admin: Admin, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const result = carries(admin.token, request.headers.authorization)
    ? await perform(admin, request, response)
    : fail('router_token_wrong');
  if (result.ok) sendJson(response, 200, result.value);
  else {
    if (!request.complete) response.setHeader('connection', 'close'); // its body was not read to the end
    sendFailure(response, result.error);
  }
}

async function perform(
  { router, health }: Admin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Result<unknown>> {
  const page = `${request.method ?? ''} ${request.url ?? ''}`;
  switch (page) {
    case 'GET /health':
      return ok(health);
    case 'GET /state':
      return ok(router.state());
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
