import { ok, type Result } from '#kernel';
import type { Content, CopyFacts, PartSink, RestoreRequest, RestoreSource, StoreCopies } from '#ports';
import { never, valueOf } from './place.fixture.ts';

export interface KeptCopy {
  readonly facts: CopyFacts;
  readonly parts: Map<string, Buffer>;
}

/** Copies into memory. */
export async function keep(copies: Pick<StoreCopies, 'copy'>): Promise<KeptCopy> {
  const { parts, sink } = memorySink();
  return { facts: valueOf(await copies.copy(sink, never, () => {})), parts };
}

export function memorySink(): { readonly parts: Map<string, Buffer>; readonly sink: PartSink } {
  const parts = new Map<string, Buffer>();
  const sink: PartSink = async (name, content): Promise<Result<null>> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(Uint8Array.from(piece)); // a producer may use its memory again
    parts.set(name, Buffer.concat(pieces));
    return ok(null);
  };
  return { parts, sink };
}

export function sourceOf({ facts, parts }: KeptCopy): RestoreSource {
  return {
    facts,
    parts: [...parts.keys()],
    part: (name) => inPieces(parts.get(name) ?? Buffer.alloc(0)),
    log: [],
    piece: () => inPieces(Buffer.alloc(0)),
  };
}

export function requestOf(copy: KeptCopy, folder: string): RestoreRequest {
  const target = { kind: 'latest' } as const;
  return { source: sourceOf(copy), target, folder, signal: never, progress: () => {} };
}

/** The same copy with one bit of a part turned. */
export function damaged(copy: KeptCopy, name: string, at: number): KeptCopy {
  const content = Buffer.from(copy.parts.get(name) ?? Buffer.alloc(0));
  content.writeUInt8(content.readUInt8(at) ^ 1, at);
  return { ...copy, parts: new Map([...copy.parts, [name, content]]) };
}

/** Odd sizes, so that nothing depends on where pieces end. */
async function* inPieces(content: Buffer): Content {
  for (let at = 0; at < content.length; at += 7_919) yield content.subarray(at, at + 7_919);
}
