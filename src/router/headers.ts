import type { IncomingMessage } from 'node:http';

/** The head of a request, read in one pass. */
export interface RequestHead {
  /** What goes on to the service: everything but what ends here, and what the router sets anew. */
  readonly onward: string[];
  readonly host: string | null;
  readonly cookies: string | null;
  readonly arm: string | null;
  readonly requestId: string | null;
  readonly traceParent: string | null;
  readonly traceState: string | null;
  /** What the request says of the way it came. To be believed of trusted neighbours only. */
  readonly claims: Claims;
  readonly hasBody: boolean;
  readonly expectsContinue: boolean;
  /** Why the request cannot be passed on safely: status and sentence; null when it can. */
  readonly fault: readonly [status: number, sentence: string] | null;
}

export interface Claims {
  readonly forwarded: string | null;
  readonly for: string | null;
  readonly proto: string | null;
  readonly host: string | null;
  readonly port: string | null;
}

/** Fields that mean something only between two neighbours (RFC 9110, section 7.6.1; RFC 9113, section 3.1). */
const hopByHop = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Who the caller says it is or came by. */
const claimed = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
];
const read = ['host', 'expect', 'x-request-id', 'traceparent', 'tracestate'];
const notOnward = new Set([...hopByHop, ...claimed, ...read]);
const notBack = new Set([...hopByHop, 'x-fairway-revision', 'x-request-id']);
const wanted = new Set([
  ...read,
  ...claimed,
  'content-length',
  'cookie',
  'transfer-encoding',
  'x-fairway-arm',
]);

export function readHead(request: IncomingMessage): RequestHead {
  const { rawHeaders } = request;
  const named = namedByConnection(rawHeaders);
  const found: Partial<Record<string, string>> = {};
  const onward: string[] = [];
  let hosts = 0;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = [rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''];
    const lower = name.toLowerCase();
    if (lower === 'host') hosts += 1;
    if (wanted.has(lower)) found[lower] = joined(found[lower], value, lower);
    if (endsHere(lower) || isDisguised(lower)) continue;
    // Dropping the length because a neighbour names it would change where the body ends.
    if (named?.has(lower) === true && lower !== 'content-length') continue;
    onward.push(name, value);
  }
  const coding = found['transfer-encoding'];
  return {
    onward,
    host: found['host'] ?? null,
    cookies: found['cookie'] ?? null,
    arm: found['x-fairway-arm'] ?? null,
    requestId: found['x-request-id'] ?? null,
    traceParent: found['traceparent'] ?? null,
    traceState: found['tracestate'] ?? null,
    claims: {
      forwarded: found['forwarded'] ?? null,
      for: found['x-forwarded-for'] ?? null,
      proto: found['x-forwarded-proto'] ?? null,
      host: found['x-forwarded-host'] ?? null,
      port: found['x-forwarded-port'] ?? null,
    },
    hasBody: coding !== undefined || Number(found['content-length'] ?? '0') !== 0,
    // RFC 9110, section 10.1.1: not to be minded in HTTP/1.0.
    expectsContinue: request.httpVersionMinor !== 0 && found['expect']?.toLowerCase() === '100-continue',
    fault: faultOf(hosts, coding),
  };
}

const endsHere = (name: string) => notOnward.has(name) || name.startsWith('x-forwarded-');

/**
 * `x_forwarded_for`: servers that make variables of fields cannot tell it from the name with dashes, so it would get past
 * whoever sets that one. Other names with underscores mean nothing to us.
 */
function isDisguised(name: string): boolean {
  if (!name.includes('_')) return false;
  const plain = name.replaceAll('_', '-');
  return endsHere(plain) || plain === 'content-length';
}

function joined(before: string | undefined, value: string, name: string): string {
  if (before === undefined) return value;
  return `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
}

/** What would make the request another one for the service; listeners refuse more than this (see `protocol`). */
function faultOf(hosts: number, coding: string | undefined): RequestHead['fault'] {
  if (hosts > 1) return [400, 'the request names more than one host'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return [501, 'the only transfer coding that is understood is chunked'];
  return null;
}

/** What the router tells the service about the request, besides the way it came. */
export function addRouterHeaders(
  headers: string[],
  facts: {
    readonly host: string | null;
    readonly requestId: string;
    readonly traceParent: { readonly value: string; readonly isNew: boolean };
    readonly traceState: string | null;
  },
): void {
  const { host, requestId, traceParent, traceState } = facts;
  if (host !== null) headers.push('host', host);
  headers.push('x-request-id', requestId, 'traceparent', traceParent.value);
  // The state belongs to the trace it came with.
  if (traceState !== null && !traceParent.isNew) headers.push('tracestate', traceState);
}

/** What goes back to the caller of an answer's head, as names and values in turn. */
export function headersBack(raw: readonly (Buffer | string)[]): string[] {
  const headers: string[] = [];
  const named = namedByConnection(raw);
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = textOf(raw[at]);
    const lower = name.toLowerCase();
    if (notBack.has(lower)) continue;
    if (named?.has(lower) === true && lower !== 'content-length') continue;
    headers.push(name, textOf(raw[at + 1]));
  }
  return headers;
}

function namedByConnection(raw: readonly (Buffer | string)[]): ReadonlySet<string> | null {
  let named: Set<string> | null = null;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.length !== 10 || textOf(raw[at]).toLowerCase() !== 'connection') continue;
    const value = textOf(raw[at + 1]).toLowerCase();
    if (value === 'keep-alive' || value === 'close') continue;
    named ??= new Set();
    for (const name of value.split(',')) named.add(name.trim());
  }
  return named;
}

const textOf = (part: Buffer | string | undefined): string =>
  typeof part === 'string' ? part : (part?.toString('latin1') ?? '');

/**
 * The path of a request target, with the host when the target brings its own (RFC 9112, section 3.2: that one counts).
 * Null for targets that no service can be asked for.
 */
export function targetOf(url: string): { readonly path: string; readonly host: string | null } | null {
  if (url.startsWith('/')) return { path: url, host: null };
  const found = /^https?:\/\/([^/?#@\s]+)([/?].*)?$/i.exec(url);
  if (found === null) return null;
  const [, host = '', rest = '/'] = found;
  return { path: rest.startsWith('/') ? rest : `/${rest}`, host };
}
