/** A row of a listing: ordered by the bytes of its key, rows of one key by `tie`. */
export interface Ordered {
  readonly keyBytes: Uint8Array;
  readonly tie: number;
}

/** Where a listing goes on: at keys from `key` on; of `key` itself only what comes after `tie` (null: all). */
export interface Position {
  readonly key: Buffer;
  readonly tie: number | null;
}

export interface PageRequest {
  readonly prefix: string;
  /** Keys that agree up to the first delimiter after the prefix become one entry; empty: none do. */
  readonly delimiter: string;
  readonly from: Position;
  readonly limit: number;
}

export type Entry<Row> =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'group'; readonly prefix: string };

export interface Page<Row> {
  readonly entries: readonly Entry<Row>[];
  /** Where the next page begins; null after the last one. */
  readonly next: Position | null;
}

/** Rows at or after a position whose keys lie before `end`, in order, at most `limit` of them. */
export type RowsFrom<Row> = (from: Position, end: Buffer, limit: number) => readonly Row[];

/**
 * One page of a listing. A group is skipped by a new query that begins behind it, so that the work depends on the
 * entries listed and not on the keys hidden in groups.
 */
export function readPage<Row extends Ordered>(request: PageRequest, rowsFrom: RowsFrom<Row>): Page<Row> {
  const prefix = Buffer.from(request.prefix);
  const entries: Entry<Row>[] = [];
  let from = laterOf(request.from, { key: prefix, tie: null });
  if (request.limit === 0) return { entries, next: null };
  for (;;) {
    const rows = rowsFrom(from, behind(prefix), BATCH);
    let skipped = false;
    for (const row of rows) {
      if (entries.length === request.limit) return { entries, next: from };
      const group = groupOf(Buffer.from(row.keyBytes), prefix, request.delimiter);
      entries.push(group === null ? { kind: 'row', row } : { kind: 'group', prefix: group.toString() });
      from =
        group === null ? { key: Buffer.from(row.keyBytes), tie: row.tie } : { key: behind(group), tie: null };
      skipped = group !== null;
      if (skipped) break;
    }
    if (!skipped && rows.length < BATCH) return { entries, next: null };
  }
}

/** The position behind a key and everything of it. No other key lies between a key and the key with a zero byte. */
export function positionAfter(key: string): Position {
  return { key: Buffer.concat([Buffer.from(key), Buffer.of(0)]), tie: null };
}

/** The position behind a marker that a client sends: behind its whole group when the marker is one. */
export function positionAfterMarker(marker: string, prefix: string, delimiter: string): Position {
  const bytes = Buffer.from(marker);
  const prefixBytes = Buffer.from(prefix);
  const inPrefix = bytes.subarray(0, prefixBytes.length).equals(prefixBytes);
  const group = inPrefix ? groupOf(bytes, prefixBytes, delimiter) : null;
  return group?.equals(bytes) === true ? { key: behind(group), tie: null } : positionAfter(marker);
}

/** A position as one opaque word for clients to send back; only for listings with one row per key. */
export function toToken({ key, tie }: Position): string {
  return Buffer.concat([key, Buffer.alloc(tie === null ? 0 : 1)]).toString('base64url');
}

export function fromToken(token: string): Position | null {
  return /^[\w-]+$/.test(token) ? { key: Buffer.from(token, 'base64url'), tie: null } : null;
}

/**
 * The place within one key as a word to stand where S3 has an id. An id would not do: whoever empties a bucket page by
 * page has deleted what the id names before asking for the next page.
 */
export const tieToMarker = (tie: number) => `after-${tie}`;

export function markerToTie(marker: string): number | null {
  const found = /^after-(\d{1,15})$/.exec(marker);
  return found === null ? null : Number(found[1]);
}

export const START: Position = { key: Buffer.alloc(0), tie: null };

const BATCH = 250;

function groupOf(key: Buffer, prefix: Buffer, delimiter: string): Buffer | null {
  if (delimiter === '') return null;
  const end = key.indexOf(delimiter, prefix.length, 'utf8');
  return end < 0 ? null : key.subarray(0, end + Buffer.byteLength(delimiter));
}

/** Behind all keys that begin with these bytes: UTF-8 has no byte 255. */
const behind = (prefix: Buffer) => Buffer.concat([prefix, Buffer.of(255)]);

const laterOf = (a: Position, b: Position) => (Buffer.compare(a.key, b.key) < 0 ? b : a);
