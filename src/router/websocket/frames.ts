/** RFC 6455, section 5.5.1: the opcode of the frame that ends a connection. */
const closeOpcode = 0x8;

/**
 * Follows the frames of one direction of a WebSocket without looking at their content, so that a frame of ours can be
 * put between two of theirs.
 */
export class FrameTracker {
  /** A whole close frame has passed: nothing may follow it. */
  hasClosed = false;
  #opcode = 0;
  /** Bytes of the present frame's head seen so far: at most 2 + 8 + 4. */
  readonly #head = Buffer.alloc(14);
  #headSeen = 0;
  #payloadLeft = 0;

  /** Between two frames, or before the first. */
  get isBetweenFrames(): boolean {
    return this.#headSeen === 0 && this.#payloadLeft === 0;
  }

  /** Moves on over the chunk, or to the end of the first frame that ends in it. Returns how many bytes it went over. */
  advance(chunk: Buffer, toFrameEnd = false): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= step;
        at += step;
      } else {
        this.#head[this.#headSeen] = chunk[at] ?? 0;
        this.#headSeen += 1;
        at += 1;
        if (!this.#isHeadWhole()) continue;
      }
      if (this.#payloadLeft > 0) continue;
      if (this.#opcode === closeOpcode) this.hasClosed = true;
      if (toFrameEnd) return at;
    }
    return at;
  }

  /** Reads the head once all of it is there; then the payload begins. */
  #isHeadWhole(): boolean {
    if (this.#headSeen < 2) return false;
    const second = this.#head[1] ?? 0;
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskBytes = (second & 0x80) === 0 ? 0 : 4;
    if (this.#headSeen < 2 + lengthBytes + maskBytes) return false;
    this.#opcode = (this.#head[0] ?? 0) & 0x0f;
    this.#payloadLeft =
      lengthBytes === 0
        ? short
        : lengthBytes === 2
          ? this.#head.readUInt16BE(2)
          : Number(this.#head.readBigUInt64BE(2));
    this.#headSeen = 0;
    return true;
  }
}

/** A close frame. Towards a service it is masked, as everything a client sends (section 5.3). */
export function closeFrame(code: number, reason: string, mask: Buffer | null): Buffer {
  const text = Buffer.from(reason, 'utf8');
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code, 0);
  text.copy(payload, 2);
  const head = [0x80 | closeOpcode, payload.length | (mask === null ? 0 : 0x80)];
  if (mask === null) return Buffer.concat([Buffer.from(head), payload]);
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index % 4] ?? 0);
  return Buffer.concat([Buffer.from(head), mask.subarray(0, 4), payload]);
}
