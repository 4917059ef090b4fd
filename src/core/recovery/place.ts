import type { Json } from '#kernel';
import { parseLogName, parseLsn } from './wal.ts';

/** Where in its log a copy of Postgres lies. It brings the pieces from `first` to `last` itself. */
export interface LogPlace {
  readonly systemId: string | null;
  readonly timeline: number;
  readonly first: number;
  readonly last: number;
  /** Null: only the piece is known. */
  readonly stop: bigint | null;
}

/** Read from what the copy keeps about itself; null: it says nothing of a log. */
export function logPlaceOf({ detail }: { readonly detail: Json }): LogPlace | null {
  const first = pieceOf(memberOf(detail, 'firstPiece'));
  if (first === null) return null;
  const last = pieceOf(memberOf(detail, 'lastPiece')) ?? first;
  const stop = memberOf(detail, 'stopLsn');
  const systemId = memberOf(detail, 'systemId');
  return {
    systemId: typeof systemId === 'string' || typeof systemId === 'number' ? String(systemId) : null,
    timeline: first.timeline,
    first: first.position,
    last: Math.max(first.position, last.position),
    stop: typeof stop === 'string' ? parseLsn(stop) : null,
  };
}

function pieceOf(value: Json | undefined) {
  const name = typeof value === 'string' ? parseLogName(value) : null;
  return name?.kind === 'piece' ? name : null;
}

export function memberOf(value: Json, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entry = Object.entries(value).find(([member]) => member === name);
  return entry?.[1];
}
