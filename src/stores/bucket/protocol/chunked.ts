import { createHash, type Hash } from 'node:crypto';
import { ok } from '#kernel';
import { equalInConstantTime, type SignatureChain } from './authenticate.ts';
import { type Answer, refuse } from './refusal.ts';
import { type Headers, signChunk, signTrailer } from './signature.ts';

/** Takes an aws-chunked body apart, piece by piece as it arrives. */
export interface ChunkedDecoder {
  /** The content bytes within the next piece of the body. Nothing of it may be trusted before `end` agreed. */
  push(piece: Buffer): Answer<readonly Buffer[]>;
  /** The trailer, when the body was whole and each signature was right. */
  end(): Answer<Headers>;
}

/**
 * The framing S3 clients use for content whose checksum or signature is known only afterwards: chunks of
 * `length[;chunk-signature=…] CRLF content CRLF`, a chunk of length 0, then the trailer's lines and an empty one.
 * Failures: `IncompleteBody`, `SignatureDoesNotMatch`, `MalformedTrailerError`.
 */
export function chunkedDecoder(chain: SignatureChain | null, hasTrailer: boolean): ChunkedDecoder {
  return new Decoder(chain, hasTrailer);
}

type Expecting = 'chunk header' | 'content' | 'end of chunk' | 'trailer' | 'nothing';

const LINE_BYTES_MAX = 4096;
const TRAILER_LINES_MAX = 16;

class Decoder implements ChunkedDecoder {
  private expecting: Expecting = 'chunk header';
  private rest: Buffer = Buffer.alloc(0);
  private remaining = 0;
  private content: Hash = createHash('sha256');
  private claimed = '';
  private previous: string;
  private readonly trailer: [name: string, value: string][] = [];
  private readonly chain: SignatureChain | null;
  private readonly hasTrailer: boolean;

  constructor(chain: SignatureChain | null, hasTrailer: boolean) {
    this.chain = chain;
    this.hasTrailer = hasTrailer;
    this.previous = chain?.seed ?? '';
  }

  push(piece: Buffer): Answer<readonly Buffer[]> {
    this.rest = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    const contents: Buffer[] = [];
    while (this.rest.length > 0) {
      if (this.expecting === 'content') {
        const taken = this.takeContent(contents);
        if (!taken.ok) return taken;
        continue;
      }
      const line = this.takeLine();
      if (!line.ok) return line;
      if (line.value === null) break; // its end has not arrived
      const understood = this.understand(line.value);
      if (!understood.ok) return understood;
    }
    return ok(contents);
  }

  end(): Answer<Headers> {
    if (this.expecting !== 'nothing') return refuse('IncompleteBody');
    if (this.chain !== null && this.hasTrailer) {
      const signature = this.trailer.find(([name]) => name === TRAILER_SIGNATURE)?.[1] ?? '';
      const signed = this.trailer.filter(([name]) => name !== TRAILER_SIGNATURE);
      const text = signed.map(([name, value]) => `${name}:${value}\n`).join('');
      const expected = signTrailer(this.chain.key, this.chain.scope, this.previous, text);
      if (!equalInConstantTime(expected, Buffer.from(signature, 'hex')))
        return refuse('SignatureDoesNotMatch');
    }
    return ok(Object.fromEntries(this.trailer));
  }

  private takeContent(contents: Buffer[]): Answer<null> {
    const content = this.rest.subarray(0, this.remaining);
    this.rest = this.rest.subarray(content.length);
    this.remaining -= content.length;
    if (this.chain !== null) this.content.update(content);
    contents.push(content);
    if (this.remaining > 0) return ok(null);
    this.expecting = 'end of chunk';
    return this.checkChunk();
  }

  /** The next line without its CRLF; null while its end has not arrived. */
  private takeLine(): Answer<string | null> {
    const end = this.rest.indexOf('\r\n');
    if (end > LINE_BYTES_MAX || (end < 0 && this.rest.length > LINE_BYTES_MAX))
      return refuse('IncompleteBody');
    if (end < 0) return ok(null);
    const line = this.rest.toString('latin1', 0, end);
    this.rest = this.rest.subarray(end + 2);
    return ok(line);
  }

  private understand(line: string): Answer<null> {
    switch (this.expecting) {
      case 'chunk header':
        return this.beginChunk(line);
      case 'end of chunk':
        this.expecting = 'chunk header';
        return line === '' ? ok(null) : refuse('IncompleteBody');
      case 'trailer':
        return this.takeTrailer(line);
      default: // something follows the end
        return refuse('IncompleteBody');
    }
  }

  private beginChunk(line: string): Answer<null> {
    const found = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    if (found === null) return refuse('IncompleteBody');
    this.remaining = Number.parseInt(found[1] ?? '', 16);
    this.claimed = found[2] ?? '';
    this.content = createHash('sha256');
    this.expecting = this.remaining > 0 ? 'content' : 'trailer';
    return this.remaining > 0 ? ok(null) : this.checkChunk();
  }

  private checkChunk(): Answer<null> {
    if (this.chain === null) return ok(null);
    const expected = signChunk(this.chain.key, this.chain.scope, this.previous, this.content.digest('hex'));
    if (!equalInConstantTime(expected, Buffer.from(this.claimed, 'hex')))
      return refuse('SignatureDoesNotMatch');
    this.previous = this.claimed;
    return ok(null);
  }

  private takeTrailer(line: string): Answer<null> {
    if (line === '') {
      this.expecting = 'nothing';
      return ok(null);
    }
    const colon = line.indexOf(':');
    if (!this.hasTrailer || colon < 1 || this.trailer.length === TRAILER_LINES_MAX) {
      return refuse('MalformedTrailerError');
    }
    this.trailer.push([line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]);
    return ok(null);
  }
}

const TRAILER_SIGNATURE = 'x-amz-trailer-signature';
