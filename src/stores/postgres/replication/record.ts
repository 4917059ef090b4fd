import { join } from 'node:path';
import { z } from 'zod';
import { fail, type Instant, instant, ok, type Result } from '#kernel';
import { readIfThere, replaceFile } from '../../supervisor/index.ts';

/**
 * What must be known of a replicated store by whoever comes next. Which folder holds the primary is not written here: it
 * is always `home/data` of the store, so that it cannot be told otherwise in two places.
 */
export interface ReplicationRecord {
  /** Written before a store is stopped: a primary that is away because of that has not failed. */
  readonly wanted: 'running' | 'stopped';
  /** Numbers of the standbys that hold every acknowledged write; empty: none is promised to. */
  readonly synchronous: readonly number[];
  /** A failover under way. It is never gone back on once a standby was asked to become a primary. */
  readonly failover: Failover | null;
}

export interface Failover {
  readonly step: FailoverStep;
  /** A word for what happened to the primary, for the log. */
  readonly reason: FailoverReason;
  /** Only a standby that holds every acknowledged write may take over. */
  readonly lossless: boolean;
  /** The one that takes over; null until it is chosen. */
  readonly standby: number | null;
  /** Written before the chosen standby is asked to become a primary: from then on there may be another history. */
  readonly asked: boolean;
  readonly begun: Instant;
}

/**
 * `ending`: the old primary is ended for sure. `promoting`: the chosen standby becomes a primary where it is. `moving`:
 * the folders change places. `starting`: it is started at the address of the store.
 */
export type FailoverStep = 'ending' | 'promoting' | 'moving' | 'starting';
export type FailoverReason = 'gone' | 'hung' | 'data_missing' | 'not_started';

export const freshRecord: ReplicationRecord = { wanted: 'stopped', synchronous: [], failover: null };

const FORMAT = 1;

/** Of a standby: its folder is found by it. */
const number = z.int().min(1);

const stored = z.object({
  format: z.literal(FORMAT),
  folder: z.string(),
  wanted: z.enum(['running', 'stopped']),
  synchronous: z.array(number),
  failover: z
    .object({
      step: z.enum(['ending', 'promoting', 'moving', 'starting']),
      reason: z.enum(['gone', 'hung', 'data_missing', 'not_started']),
      lossless: z.boolean(),
      standby: number.nullable(),
      asked: z.boolean(),
      begun: z.number().transform(instant),
    })
    .refine(({ step, standby }) => standby !== null || step === 'ending')
    .nullable(),
});

/** Null where the store never had a standby. Failure: `store_state_unreadable` (facts: file, reason). */
export async function readRecord(folder: string): Promise<Result<ReplicationRecord | null>> {
  const file = recordFile(folder);
  const text = await readIfThere(file);
  if (text === null) return ok(null);
  const parsed = stored.safeParse(jsonOf(text));
  if (!parsed.success) return fail('store_state_unreadable', { file, reason: 'it is damaged' });
  const { wanted, synchronous, failover, folder: writtenIn } = parsed.data;
  // Nothing of a copied folder runs, whatever it says.
  return ok({ wanted: writtenIn === folder ? wanted : 'stopped', synchronous, failover });
}

/** Durable when it resolves: only then may be done what it announces. */
export async function writeRecord(folder: string, record: ReplicationRecord): Promise<void> {
  await replaceFile(
    recordFile(folder),
    `${JSON.stringify({ format: FORMAT, folder, ...record }, null, 2)}\n`,
  );
}

const recordFile = (folder: string) => join(folder, 'replication.json');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
