import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

/** An answer that says what is wrong: RFC 9457 problem details, with a code for programs. */
export const problemBody = (status: number, code: string, detail: string): string =>
  JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Failed', status, code, detail });

export const problemType = 'application/problem+json';

export function sendProblem(
  response: ServerResponse,
  status: number,
  code: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, problemBody(status, code, detail), { 'content-type': problemType, ...headers });
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, JSON.stringify(body), {
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
}

export function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Came through a proxy: reasons, numbers and controls are for inside. */
export const isFromOutside = (request: IncomingMessage): boolean =>
  request.headers['x-forwarded-for'] !== undefined || request.headers['forwarded'] !== undefined;
