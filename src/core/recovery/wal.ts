/** Position in the log of Postgres in pieces of 16 MiB, the size that its server uses when nobody says otherwise. */
const bytesPerPiece = 2 ** 24;
const piecesPerFile = 2 ** 32 / bytesPerPiece;

/** What the name of an archived file of Postgres says (PostgreSQL, "Continuous Archiving"; `xlog_internal.h`). */
export type LogName =
  /** A piece, or the last, unfinished one of a timeline. */
  | {
      readonly kind: 'piece';
      readonly timeline: number;
      readonly position: number;
      readonly isPartial: boolean;
    }
  /** A note that a base copy began in this piece. */
  | { readonly kind: 'label'; readonly timeline: number; readonly position: number }
  /** From which timelines this one came. */
  | { readonly kind: 'history'; readonly timeline: number };

/** Null: no name that Postgres gives. */
export function parseLogName(name: string): LogName | null {
  const history = /^([0-9A-F]{8})\.history$/.exec(name);
  if (history !== null) return { kind: 'history', timeline: hex(history[1]) };
  const match = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial|\.[0-9A-F]{8}\.backup)?$/.exec(name);
  if (match === null || hex(match[3]) >= piecesPerFile) return null;
  const place = { timeline: hex(match[1]), position: hex(match[2]) * piecesPerFile + hex(match[3]) };
  if (match[4]?.endsWith('.backup') === true) return { kind: 'label', ...place };
  return { kind: 'piece', ...place, isPartial: match[4] !== undefined };
}

export function pieceName(timeline: number, position: number): string {
  const parts = [timeline, Math.floor(position / piecesPerFile), position % piecesPerFile];
  return parts.map((part) => part.toString(16).toUpperCase().padStart(8, '0')).join('');
}

/** What a history file says: timelines in their order, and where each was left for the next. */
export type History = readonly { readonly timeline: number; readonly until: bigint }[];

/**
 * Lines of "timeline, place, reason"; others are comments. A restore that was to follow a timeline and stopped before that had
 * begun writes down a later place before an earlier one: then the earlier one counts, where both were left.
 */
export function parseHistory(text: string): History {
  const lines = text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+([0-9A-F]{1,8}\/[0-9A-F]{1,8})\b/i.exec(line);
    const until = parseLsn(match?.[2] ?? '');
    return match === null || until === null ? [] : [{ timeline: Number(match[1]), until }];
  });
  return lines.map(({ timeline, until }, at) => ({
    timeline,
    until: lines.slice(at).reduce((least, later) => (later.until < least ? later.until : least), until),
  }));
}

/** `0/3000148` as bytes from the beginning of the log; null: it is none. */
export function parseLsn(text: string): bigint | null {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (match === null) return null;
  return (BigInt(hex(match[1])) << 32n) + BigInt(hex(match[2]));
}

export function positionOf(lsn: bigint): number {
  return Number(lsn / BigInt(bytesPerPiece));
}

const hex = (digits: string | undefined): number => Number.parseInt(digits ?? '', 16);
