import type { Clock } from './clock.ts';
import type { CallOptions, ClientOptions, ClientResponse } from './client.ts';
import { outgoingHeaders } from './context.ts';
import { sign } from './hmac.ts';
import { spanHeaders } from './tracing.ts';

export interface Prepared {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly isRepeatable: boolean;
}

const repeatable: readonly string[] = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];

/** What all attempts of a call have in common. */
export function prepare(
  { base, headers }: ClientOptions,
  { method, path, call }: { method: string; path: string; call: CallOptions },
): Prepared {
  // Otherwise `@elsewhere/` or `.elsewhere/` would lead to another host.
  if (!path.startsWith('/')) throw new TypeError(`the path of a call begins with a slash: ${path}`);
  const upper = method.toUpperCase();
  const own = Object.fromEntries(
    Object.entries({ ...headers, ...call.headers }).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const body =
    call.body === undefined || typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  return {
    method: upper,
    url: new URL(base.replace(/\/$/, '') + path),
    headers: { accept: 'application/json', ...type, ...own },
    body,
    isRepeatable: call.idempotent ?? (repeatable.includes(upper) || own['idempotency-key'] !== undefined),
  };
}

interface SendOptions {
  readonly hmac: ClientOptions['hmac'];
  /** Bytes of an answer. */
  readonly largest: number;
  readonly outside: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One attempt. Rejects as `fetch` does. */
export async function send(
  { method, url, headers, body }: Prepared,
  { hmac, largest, outside, clock, signal }: SendOptions,
): Promise<ClientResponse> {
  const path = url.pathname + url.search;
  // Signed anew for each attempt: the time is part of it.
  const signature =
    hmac === undefined ? {} : sign({ secret: hmac.secret, method, path, body: body ?? '', clock });
  const context = outside ? {} : { ...outgoingHeaders(), ...spanHeaders() };
  const response = await fetch(url, {
    method,
    headers: { ...context, ...headers, ...signature },
    body: body ?? null,
    signal,
    redirect: 'manual', // signatures and tokens go where they were meant for only
  });
  return {
    status: response.status,
    body: parsed(await textOf(response, largest), response.headers),
    headers: response.headers,
  };
}

/** A service that answers without end must not fill our memory. */
async function textOf({ body }: Response, largest: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > largest) throw new Error(`the answer has more than ${largest} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string, headers: Headers): unknown {
  if (!/\bjson\b/.test(headers.get('content-type') ?? '')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // the caller sees what came; that it is no JSON is his to judge
  }
}
