import type { Content } from '#ports';

export interface Chunk {
  /** To be used before the next one is asked for: its memory is used again. */
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/** The same bytes in chunks of a size; only the last is shorter, and it is empty only when there are no bytes at all. */
export async function* rechunked(content: Content, size: number): AsyncIterable<Chunk> {
  const buffer = new Uint8Array(size);
  let used = 0;
  for await (const piece of content) {
    for (let at = 0; at < piece.length; ) {
      // A full chunk waits until it is known whether anything comes behind it.
      if (used === size) {
        yield { bytes: buffer, isLast: false };
        used = 0;
      }
      const part = piece.subarray(at, at + size - used);
      buffer.set(part, used);
      used += part.length;
      at += part.length;
    }
  }
  yield { bytes: buffer.subarray(0, used), isLast: true };
}
