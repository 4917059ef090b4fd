import { ok } from '#kernel';
import type { Algorithm } from '../protocol/checksum.ts';
import { type Incoming, type Received, receive, type Sink } from '../protocol/receive.ts';
import type { Answer, Refusal } from '../protocol/refusal.ts';
import type { Contents, Segment } from '../storage/contents.ts';

/** Content that is durable in a file of its own. No row refers to it yet. */
export interface StoredContent<Facts> {
  readonly segment: Segment;
  readonly facts: Facts;
}

const CONTENT_BYTES_MAX = 5 * 1024 ** 3;

/** Stores the body of a request. Nothing stays behind when the body is not what was announced. */
export function storeBody(
  contents: Contents,
  incoming: Incoming,
  wanted: Algorithm | null,
): Promise<Answer<StoredContent<Received>>> {
  const limits = { bytesMax: CONTENT_BYTES_MAX, tooLarge: 'EntityTooLarge' } as const;
  return storeContent(contents, (sink) => receive(incoming, sink, limits, wanted));
}

/**
 * Removes content that became part of nothing. After a fault of the disk nobody knows whether the commit is there, and a
 * row without its content is worse than content without a row: the sweep at the next start decides.
 */
export async function dropContent(contents: Contents, { content }: Segment, because: Refusal): Promise<void> {
  if (because.code !== 'InternalError') await contents.remove([content]);
}

/** Stores what `fill` writes, when `fill` agrees with it in the end. */
export async function storeContent<Facts extends { readonly size: number }>(
  contents: Contents,
  fill: (sink: Sink) => Promise<Answer<Facts>>,
): Promise<Answer<StoredContent<Facts>>> {
  const created = await contents.create();
  if (!created.ok) return created;
  const writer = created.value;
  const filled = await fill((piece) => writer.write(piece));
  if (!filled.ok) {
    await writer.discard();
    return filled;
  }
  const kept = await writer.keep();
  if (!kept.ok) {
    await writer.discard();
    return kept;
  }
  return ok({ segment: { content: kept.value, size: filled.value.size }, facts: filled.value });
}
