import type { Context } from 'hono';

/**
 * The bytes of a body, which can be read again afterwards as Hono reads bodies. Null when there are more than that: a body
 * without a declared length is not read any further.
 */
export async function rawBody(c: Context, largest: number): Promise<Buffer | null> {
  if (Number(c.req.header('content-length') ?? 0) > largest) return null;
  const isDeclared = c.req.header('content-length') !== undefined;
  if (isDeclared || Object.keys(c.req.bodyCache).length > 0) {
    const bytes = Buffer.from(await c.req.arrayBuffer());
    return bytes.length > largest ? null : bytes;
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = c.req.raw.body as AsyncIterable<Uint8Array> | null;
  for await (const part of stream ?? nothing()) {
    length += part.byteLength;
    if (length > largest) return null;
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  // Hono keeps promises here, whatever its types say.
  Object.assign(c.req.bodyCache, { arrayBuffer: Promise.resolve(new Uint8Array(bytes).buffer) });
  return bytes;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
