import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answer } from '../answer.ts';
import { type Fault, framingOf, tooLarge } from '../protocol/faults.ts';
import type { Decision, Fields } from './decide.ts';
import type { Visit } from './request.ts';
import type { Rules } from './rules.ts';
import { settingsFor } from './server.ts';

export type Refusal = Extract<Decision, { readonly kind: 'answer' }>;

/** What no strict proxy passes on. HTTP/2 is read by a strict parser already; there the length is looked at. */
export function faultIn(visit: Visit, { settings }: Rules): Refusal | null {
  const listener = settingsFor(settings);
  const fault =
    visit.protocol === 'h2'
      ? Number(visit.header('content-length') ?? 0) > listener.body
        ? tooLarge(listener)
        : null
      : framingOf(visit.request, listener).fault;
  return fault === null ? null : refusalOf(fault);
}

function refusalOf({ status, sentence, headers }: Fault): Refusal {
  const fields: Fields = [...Object.entries(headers ?? {}), ['connection', 'close']];
  return { kind: 'answer', status, sentence, headers: fields, reason: 'fault' };
}

/** A body turned out to be too large while it came. */
export function refuseLarge(response: ServerResponse, { settings }: Rules): void {
  const { status, sentence } = tooLarge({ body: settings.limits.bodyBytes });
  if (response.headersSent) response.destroy();
  else answer(response, status, sentence, { connection: 'close' });
}

export function say(response: ServerResponse, { status, sentence, headers, page }: Refusal): void {
  if (page === undefined) {
    answer(response, status, sentence, Object.fromEntries(headers));
    return;
  }
  const text = Buffer.from(page);
  const head = { 'cache-control': 'no-store', 'content-length': text.length };
  response.writeHead(status, { ...head, ...Object.fromEntries(headers) });
  response.end(text);
}

/** On a connection that came as an upgrade. */
export function sayOn(incoming: IncomingMessage, socket: Socket, refusal: Refusal): void {
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    response.detachSocket(socket);
    socket.destroySoon();
  });
  say(response, refusal);
}
