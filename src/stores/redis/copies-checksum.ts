/** How the checksum at the end of a snapshot compares with its content. */
export type SnapshotChecksum =
  | { readonly state: 'right'; readonly value: string }
  /** The server is told not to write any. */
  | { readonly state: 'absent' }
  | { readonly state: 'wrong'; readonly reason: string };

export interface RunningChecksum {
  update(piece: Uint8Array): void;
  end(): SnapshotChecksum;
}

/**
 * Follows an RDB file to its end, where its CRC-64 stands in 8 bytes, the lowest first, 0 for none
 * (https://rdb.fnordig.de/file_format.html, "CRC64"; the polynomial is Jones', bits reflected, nothing inverted).
 */
export function followSnapshot(): RunningChecksum {
  let [low, high] = [0, 0];
  let bytes = 0;
  let begin = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  const take = (content: Uint8Array) => {
    for (const byte of content) {
      const index = (low ^ byte) & 0xff;
      low = (LOW[index] ?? 0) ^ ((low >>> 8) | (high << 24));
      high = (HIGH[index] ?? 0) ^ (high >>> 8);
    }
  };
  return {
    update: (piece) => {
      bytes += piece.length;
      if (begin.length < MAGIC.length) begin = Buffer.concat([begin, piece]).subarray(0, MAGIC.length);
      const held = Buffer.concat([tail, piece]);
      take(held.subarray(0, Math.max(held.length - TAIL_BYTES, 0)));
      tail = held.subarray(Math.max(held.length - TAIL_BYTES, 0));
    },
    end: () => {
      if (bytes < MAGIC.length + TAIL_BYTES) return { state: 'wrong', reason: `it has ${bytes} bytes only` };
      if (!begin.equals(MAGIC)) return { state: 'wrong', reason: 'it does not begin as a snapshot does' };
      const [foundLow, foundHigh] = [tail.readInt32LE(0), tail.readInt32LE(4)];
      if (foundLow === 0 && foundHigh === 0) return { state: 'absent' };
      if (foundLow !== low || foundHigh !== high) return { state: 'wrong', reason: 'its checksum differs' };
      return { state: 'right', value: Buffer.from(tail).reverse().toString('hex') };
    },
  };
}

const MAGIC = Buffer.from('REDIS');
const TAIL_BYTES = 8;
const POLYNOMIAL = 0x95ac9329ac4bc9b5n;

/** For each byte, the remainder of that byte alone. */
const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let remainder = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1n ? (remainder >> 1n) ^ POLYNOMIAL : remainder >> 1n;
  }
  return remainder;
});
// Two halves of 32 bits: BigInt is a hundred times slower.
const LOW = Int32Array.from(TABLE, (entry) => Number(BigInt.asIntN(32, entry)));
const HIGH = Int32Array.from(TABLE, (entry) => Number(BigInt.asIntN(32, entry >> 32n)));
