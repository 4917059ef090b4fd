import { z } from 'zod';
import type { CopyRecord, Hold } from '#core/recovery';
import { type Instant, instant, type Json } from '#kernel';
import { SEGMENT } from './depot-path.ts';
import { timeOfId } from './layout.ts';

const moment = z.number().transform((value): Instant => instant(value));
const size = z.int().nonnegative();
const name = z.string().regex(SEGMENT);
const id = z.string().refine((text) => timeOfId(text) !== null);

const part = z.object({ name, bytes: size, stored: size, sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** What a copy.json holds, written by this or a former version. */
const copy = z.object({
  id,
  system: z.string(),
  environment: z.string(),
  of: name,
  kind: z.enum(['postgres', 'redis', 'bucket', 'fairway']),
  from: moment,
  until: moment,
  verifiedAt: moment,
  bytes: size,
  parts: z.array(part),
  detail: z.json().transform((value): Json => value),
  why: z.string(),
});

const hold = z.object({
  id,
  of: name,
  copy: id.nullable(),
  reason: z.string(),
  by: z.string(),
  at: moment,
});

/** Null for what is no record of a copy. */
export function parseCopy(value: unknown): CopyRecord | null {
  return copy.safeParse(value).data ?? null;
}

/** Null for what is no hold. */
export function parseHold(value: unknown): Hold | null {
  return hold.safeParse(value).data ?? null;
}
