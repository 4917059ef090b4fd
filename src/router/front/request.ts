import type { IncomingMessage } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type AddressList, clientAddress } from '#edge';
import { targetOf } from '../headers.ts';

/** A request as the edge looks at it, before it goes the way of every other one. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly isSecure: boolean;
  /** `h2`, `http/1.1` … */
  readonly protocol: string;
  readonly method: string;
  readonly host: string | null;
  /** Path and query; null: the request has no target that a service could be asked for. */
  readonly target: string | null;
  /** The caller, as far as trusted proxies tell. */
  readonly address: string;
  readonly header: (name: string) => string | null;
}

/** Reads what the edge decides by. Both versions of HTTP look the same afterwards. */
export function visitOf(request: IncomingMessage | Http2ServerRequest, trusted: AddressList | null): Visit {
  const one = request instanceof Http2ServerRequest ? asFirstVersion(request) : request;
  const header = (name: string) => {
    const value = one.headers[name];
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
  };
  const target = targetOf(one.url ?? '/');
  const isSecure = (one.socket as Partial<TLSSocket>).encrypted === true;
  return {
    request: one,
    isSecure,
    protocol: request instanceof Http2ServerRequest ? 'h2' : `http/${one.httpVersion}`,
    method: one.method ?? 'GET',
    host: target?.host ?? header('host'),
    target: target?.path ?? null,
    address: clientAddress(one.socket.remoteAddress ?? '', header('x-forwarded-for'), trusted),
    header,
  };
}

/**
 * The head of an HTTP/2 request as that of an HTTP/1 one: the authority as host, pseudo fields left out, cookies put together again
 * (RFC 9113, sections 8.3.1 and 8.2.3). A body whose length is not known is announced as HTTP/1 announces it; how it is
 * sent on is decided later.
 */
function asFirstVersion(request: Http2ServerRequest): IncomingMessage {
  const raw: string[] = [];
  const cookies: string[] = [];
  let hasHost = false;
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [request.rawHeaders[at], request.rawHeaders[at + 1]];
    if (name.startsWith(':')) continue;
    if (name === 'cookie') cookies.push(value);
    else if (name === 'host') hasHost = true;
    if (name !== 'cookie' && name !== 'host') raw.push(name, value);
  }
  const host = request.headers[':authority'] ?? (hasHost ? request.headers['host'] : undefined);
  if (host !== undefined) raw.push('host', host);
  if (cookies.length > 0) raw.push('cookie', cookies.join('; '));
  const isOpen = !request.stream.endAfterHeaders;
  if (isOpen && request.headers['content-length'] === undefined) raw.push('transfer-encoding', 'chunked');
  const headers = { ...request.headers, ...(host === undefined ? {} : { host }) };
  Object.defineProperty(request, 'rawHeaders', { value: raw, writable: true });
  Object.defineProperty(request, 'headers', { value: headers });
  return request as unknown as IncomingMessage; // of the same shape where the router looks
}

/** Takes fields out of what the service will be told. */
export function dropHeaders(request: IncomingMessage, isDropped: (name: string) => boolean): void {
  const kept: string[] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [request.rawHeaders[at], request.rawHeaders[at + 1]];
    if (!isDropped(name.toLowerCase())) kept.push(name, value);
  }
  request.rawHeaders = kept;
}

/** Calls back, once, when more bytes of the body have been read than it may have. */
export function limitBody(request: IncomingMessage, most: number, exceeded: () => void): void {
  const read = request.read.bind(request) as (size?: number) => Buffer | null;
  let seen = 0;
  request.read = (size?: number): Buffer | null => {
    const chunk = read(size);
    const isWithin = seen <= most;
    seen += chunk?.length ?? 0;
    if (isWithin && seen > most) exceeded();
    return seen > most ? null : chunk;
  };
}
