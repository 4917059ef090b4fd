import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { describeFailure, err, type Failure } from '#kernel';

/** RFC 9457 problem details, with the failure as it was. */
const problem = z.object({
  code: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return;
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

export function sendFailure(response: ServerResponse, { code, facts }: Failure): void {
  const { sentence } = describeFailure({ code, facts });
  const status = statuses[code] ?? 500;
  sendJson(response, status, { type: `urn:fairway:error:${code}`, title: sentence, status, code, facts });
}

/** The failure another process told in this form; null when it is none. */
export function readFailure(value: unknown): { readonly ok: false; readonly error: Failure } | null {
  const parsed = problem.safeParse(value);
  return parsed.success ? err(parsed.data) : null;
}

const statuses: Readonly<Record<string, number>> = {
  router_token_wrong: 401,
  router_page_unknown: 404,
  port_taken: 409,
  replica_routed: 409,
  router_moved: 409,
  table_stale: 409,
  request_too_large: 413,
  drain_invalid: 422,
  edge_listen_failed: 409,
  edge_request_invalid: 422,
  table_invalid: 422,
  upgrade_invalid: 422,
  router_not_upgraded: 502,
  disk_full: 507,
};
