import type { LogRecord } from '#core/recovery';
import { type Instant, instant, type Random } from '#kernel';

/** Where things lie below `<system>/<environment>/` in a repository. */
export const ENDING = '.zst.age';

export const copyFolder = (root: string, of: string, id: string): string => `${root}copies/${of}/${id}/`;
export const copyRecord = (root: string, of: string, id: string): string =>
  `${copyFolder(root, of, id)}copy.json`;
export const copyPart = (root: string, of: string, id: string, part: string): string =>
  `${copyFolder(root, of, id)}${part}${ENDING}`;
export const holdFile = (root: string, id: string): string => `${root}holds/${id}.json`;

/** The name of a piece is its record: `<name>.<when>.<stored>.<sha256>.zst.age`. */
export function pieceFile(root: string, { of, name, at, stored, sha256 }: LogRecord): string {
  return `${root}log/${of}/${name}.${compactTime(at)}.${stored}.${sha256}${ENDING}`;
}

const PIECE = /log\/([^/]+)\/([^/]+)\.(\d{8}T\d{6}Z)\.(\d{1,15})\.([0-9a-f]{64})\.zst\.age$/;

/** Null for a file that is no piece. */
export function parsePiece(path: string): LogRecord | null {
  const [, of, name, time, stored, sha256] = PIECE.exec(path) ?? [];
  if (of === undefined || name === undefined || sha256 === undefined) return null;
  const at = parseCompactTime(time ?? '');
  return at === null ? null : { of, name, at, stored: Number(stored), sha256 };
}

/** Sorts by time: `20261122T013000Z-1f3a`. */
export function newId(now: Instant, random: Random): string {
  const four = Math.floor(random() * 0x1_0000)
    .toString(16)
    .padStart(4, '0');
  return `${compactTime(now)}-${four}`;
}

/** When an id was made, to the second; null for what is no id. */
export function timeOfId(id: string): Instant | null {
  const [, time] = /^(\d{8}T\d{6}Z)-[0-9a-f]{4}$/.exec(id) ?? [];
  return time === undefined ? null : parseCompactTime(time);
}

/** `20261122T013000Z`. */
function compactTime(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function parseCompactTime(text: string): Instant | null {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3:$4:$5Z');
  const at = Date.parse(iso);
  return Number.isNaN(at) ? null : instant(at);
}
