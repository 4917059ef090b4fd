import type { MiddlewareHandler } from 'hono';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { encodings } from './encodings.ts';

const compress = promisify(gzip);
/** A smaller one fits into a few packets as it is. */
const smallest = 4_096;
/** Half of the time of the usual level, and hardly larger. */
const options = { level: constants.Z_BEST_SPEED + 2 };

/**
 * Packs large JSON answers to GET for who takes gzip. Streams go as they are: packed, their pieces would wait for each other.
 * Answers to other methods too: they may hold a secret, whose length beside what somebody else sent would tell of it.
 */
export function packed(): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const { res, req } = context;
    if (req.method !== 'GET' || !/^application\/json\b/.test(res.headers.get('content-type') ?? '')) return;
    res.headers.append('vary', 'accept-encoding');
    if (res.headers.has('content-encoding') || !encodings(context).includes('gzip')) return;
    const plain = new Uint8Array(await res.arrayBuffer());
    const isLarge = plain.length >= smallest;
    const headers = new Headers(res.headers);
    headers.delete('content-length');
    if (isLarge) headers.set('content-encoding', 'gzip');
    const bytes = isLarge ? new Uint8Array(await compress(plain, options)) : plain;
    context.res = undefined;
    context.res = new Response(bytes, { status: res.status, headers });
  };
}
