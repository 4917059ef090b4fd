/** A position in the log: bytes since its beginning. Beyond 2^53, hence a bigint. */
export type Position = bigint;

/** One file of the log, as the server names it: timeline and number, each in hexadecimal digits. */
export interface Segment {
  readonly timeline: number;
  readonly number: bigint;
}

const SEGMENT = /^[0-9A-F]{24}$/;
const HISTORY = /^[0-9A-F]{8}\.history$/;
/** What a server hands over beside them: the end of a timeline that was left, and notes about base backups. */
const BESIDE = /^[0-9A-F]{24}\.(?:partial|[0-9A-F]{8}\.backup)$/;

/** Whether a file is one that the server has handed over as a whole; what it still writes has other names. */
export const isPiece = (name: string) => SEGMENT.test(name) || HISTORY.test(name) || BESIDE.test(name);
export const isSegment = (name: string) => SEGMENT.test(name);
export const isHistory = (name: string) => HISTORY.test(name);

export const timelineOfHistory = (name: string) => Number.parseInt(name.slice(0, 8), 16);

/** `16/B374D848` as a number. */
export function positionOf(text: string): Position {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** The segment that holds the byte at a position. */
export const segmentAt = (position: Position, segmentBytes: number) => position / BigInt(segmentBytes);

/** A segment's name: its number is split as if it were a position (XLogFileName in PostgreSQL's xlog_internal.h). */
export function segmentName({ timeline, number }: Segment, segmentBytes: number): string {
  const perHigh = 0x1_0000_0000n / BigInt(segmentBytes);
  return `${hex(timeline)}${hex(number / perHigh)}${hex(number % perHigh)}`;
}

export function segmentOf(name: string, segmentBytes: number): Segment {
  const perHigh = 0x1_0000_0000n / BigInt(segmentBytes);
  const [timeline, high, low] = [0, 8, 16].map((from) => BigInt(`0x${name.slice(from, from + 8)}`));
  return { timeline: Number(timeline), number: (high ?? 0n) * perHigh + (low ?? 0n) };
}

const hex = (value: number | bigint) => value.toString(16).toUpperCase().padStart(8, '0');

/** The long header a segment begins with (XLogLongPageHeaderData in PostgreSQL's xlog_internal.h). */
export interface SegmentHeader {
  readonly magic: number;
  readonly timeline: number;
  readonly position: Position;
  readonly systemId: string;
  readonly segmentBytes: number;
}

const LONG_HEADER = 0x0002;
export const HEADER_BYTES = 40;

/** Null where it is not the first page of a segment. Servers write it in the order of bytes of their own processor. */
export function readSegmentHeader(bytes: Buffer): SegmentHeader | null {
  if (bytes.length < HEADER_BYTES || (bytes.readUInt16LE(2) & LONG_HEADER) === 0) return null;
  return {
    magic: bytes.readUInt16LE(0),
    timeline: bytes.readUInt32LE(4),
    position: bytes.readBigUInt64LE(8),
    systemId: bytes.readBigUInt64LE(24).toString(),
    segmentBytes: bytes.readUInt32LE(32),
  };
}
