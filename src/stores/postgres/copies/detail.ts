import { z } from 'zod';
import { fail, ok, type Result } from '#kernel';

/** The parts of a copy, in the order in which the server sends them. */
export const DATA_PART = 'base.tar';
export const MANIFEST_PART = 'backup_manifest';

const detail = z.object({
  /** Of the server, e.g. `18.4`. */
  version: z.string(),
  /** Drawn by initdb: copies and log of one cluster, and of those restored from it, share it. */
  systemId: z.string(),
  timeline: z.int().min(1),
  /** Pieces of the log that are in the copy itself: it can be brought back without any other. */
  firstPiece: z.string(),
  lastPiece: z.string(),
  startLsn: z.string(),
  stopLsn: z.string(),
  segmentBytes: z.int().min(1),
  /** Which transactions had ended when the copy had, as `pg_current_snapshot` tells. */
  snapshot: z.string().default(''),
  /** SHA-256 (hex) of base.tar: the log in it is not in the server's own manifest. */
  sha256: z.string(),
});

/** What restoring a copy of a Postgres needs to know of it. */
export type CopyDetail = z.infer<typeof detail>;

/** Failure: `postgres_copy_damaged` (facts: file, reason). */
export function readDetail(value: unknown): Result<CopyDetail> {
  const read = detail.safeParse(value);
  if (read.success) return ok(read.data);
  return damaged('its record', `it lacks ${read.error.issues.map(({ path }) => path.join('.')).join(', ')}`);
}

export const damaged = (file: string, reason: string) => fail('postgres_copy_damaged', { file, reason });
