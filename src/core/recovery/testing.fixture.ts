import { type Instant, instant, type Json } from '#kernel';
import type { CopyRecord, DrillRecord, LogRecord } from './records.ts';
import { pieceName } from './wal.ts';

/** Midnight of a day, counted from a Thursday, on which periods of a week begin. */
export const day = (number: number, hour = 0, minute = 0): Instant =>
  instant(Date.UTC(2026, 0, 1 + number, hour, minute));

/** A copy of a Redis or a bucket. */
export function copyAt(from: Instant, more: Partial<CopyRecord> = {}): CopyRecord {
  const until = instant(from + 60_000);
  return {
    id: new Date(from).toISOString(),
    system: 'shop',
    environment: 'dev',
    of: 'db',
    kind: 'redis',
    ...{ from, until, verifiedAt: instant(until + 60_000) },
    bytes: 1_000,
    parts: [{ name: 'base', bytes: 1_000, stored: 100, sha256: '00' }],
    detail: null,
    why: 'scheduled',
    ...more,
  };
}

/** A copy of a Postgres that brings these pieces of the log. */
export function pgCopy(
  from: Instant,
  first: number,
  last = first,
  { timeline = 1, systemId = '7' }: { readonly timeline?: number; readonly systemId?: string } = {},
): CopyRecord {
  const detail: Json = {
    ...{ version: '18.4', systemId, timeline },
    ...{ firstPiece: pieceName(timeline, first), lastPiece: pieceName(timeline, last) },
    ...{ startLsn: lsn(first, 40), stopLsn: lsn(last, 296) },
  };
  return copyAt(from, { kind: 'postgres', detail });
}

export function lsn(position: number, offset = 0): string {
  const bytes = BigInt(position) * 2n ** 24n + BigInt(offset);
  return `${(bytes >> 32n).toString(16).toUpperCase()}/${(bytes & 0xffffffffn).toString(16).toUpperCase()}`;
}

export function fileOf(name: string, at: Instant, sha256 = '00'): LogRecord {
  return { of: 'db', name, stored: 10, sha256, at };
}
export const pieceAt = (position: number, at: Instant, timeline = 1, sha256 = '00'): LogRecord =>
  fileOf(pieceName(timeline, position), at, sha256);

export function drillAt(at: Instant, more: Partial<DrillRecord> = {}): DrillRecord {
  const id = `drill-${new Date(at).toISOString()}`;
  const measured = { rto: 60_000, rpo: 1_000 } as Pick<DrillRecord, 'rto' | 'rpo'>;
  return { id, environment: 'dev', at, ...measured, ok: true, findings: [], steps: [], ...more };
}
