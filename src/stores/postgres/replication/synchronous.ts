import { join } from 'node:path';
import { ok, type Result } from '#kernel';
import { type Access, openHome } from '../../supervisor/index.ts';
import { withConnection } from '../client.ts';
import { writeSettings } from '../cluster.ts';
import { postgresSettings } from '../configuration.ts';
import { archiveFolder, archiveSettings } from '../copies/archive.ts';
import { superuserLogin } from '../logins.ts';
import type { Group } from './group.ts';
import type { PrimaryLook } from './look.ts';
import { type ReplicationRecord, writeRecord } from './record.ts';
import { primarySettings, synchronousNames } from './settings.ts';

/** A standby further behind is not waited for yet: commits would stand still while it catches up. */
const NEAR_BYTES = 1_048_576;
/** Longer without a word, although it says one each second, and it is not waited for any more. */
const SILENT_SECONDS = 5;
const SET_MILLIS = 30_000;

/** Whom the server waits for since an earlier look; promised once they have everything from before. */
export interface Asked {
  readonly numbers: readonly number[];
  /** How far the log was on the primary's disk then. */
  readonly flushed: number;
}

export interface Settled {
  readonly record: ReplicationRecord;
  readonly asked: Asked | null;
}

/**
 * Keeps the promise of `synchronous: true` true: the numbers in the record hold every acknowledged write. One that goes
 * is struck off before the server stops waiting for it; one that comes is noted only after the server has waited for it
 * since an earlier look and it has everything from before. In between writes go on, and nobody is promised anything.
 * Failures: `postgres_not_answering`, those of a home.
 */
export async function settleSynchronous(
  group: Group,
  before: Settled,
  look: PrimaryLook,
  access: Access,
): Promise<Result<Settled>> {
  const wanted = group.standbys?.synchronous === true ? nearby(look, group.standbys.count, before) : [];
  const { record, asked } = before;
  const kept = record.synchronous.filter((number) => wanted.includes(number));
  const now = kept.length < record.synchronous.length ? await noted(group, record, kept) : record;
  if (look.synchronousNames !== synchronousNames(wanted)) {
    const set = await applySettings(group, wanted, access);
    return set.ok ? ok({ record: now, asked: null }) : set;
  }
  if (wanted.length === kept.length) return ok({ record: now, asked: null });
  if (asked === null || !wanted.every((number) => asked.numbers.includes(number))) {
    const flushed = await positionWaitedFrom(access);
    return flushed.ok ? ok({ record: now, asked: { numbers: wanted, flushed: flushed.value } }) : flushed;
  }
  const holds = wanted.every((number) => isWaitedFor(look, number, asked.flushed));
  return ok(holds ? { record: await noted(group, now, wanted), asked: null } : { record: now, asked });
}

/** Those that follow closely; one that is waited for already may lag, since then the writers wait for it, not it for them. */
function nearby(look: PrimaryLook, count: number, { record, asked }: Settled): readonly number[] {
  const trusted = [...record.synchronous, ...(asked?.numbers ?? [])];
  return [...look.followers]
    .filter(([number, { state, silentSeconds }]) => {
      return number >= 1 && number <= count && state === 'streaming' && silentSeconds < SILENT_SECONDS;
    })
    .filter(([number, { flushed }]) => trusted.includes(number) || look.flushed - flushed < NEAR_BYTES)
    .map(([number]) => number)
    .toSorted((a, b) => a - b);
}

function isWaitedFor(look: PrimaryLook, number: number, flushed: number): boolean {
  const follower = look.followers.get(number);
  return follower?.sync === 'sync' && follower.flushed >= flushed;
}

async function noted(
  group: Group,
  record: ReplicationRecord,
  synchronous: readonly number[],
): Promise<ReplicationRecord> {
  const next = { ...record, synchronous };
  await writeRecord(group.folder, next);
  await group.tell('synchronous_changed', { standbys: synchronous.join(', ') });
  return next;
}

/** Into the file and into the running server, which takes it over a moment later. */
export async function applySettings(
  group: Group,
  wanted: readonly number[],
  access: Access,
): Promise<Result<null>> {
  const home = await openHome(group.folder);
  if (!home.ok) return home;
  const settings = [
    postgresSettings(access.port),
    archiveSettings(group.spec.backup?.logEvery ?? null, archiveFolder(home.value.path)),
    primarySettings(wanted),
  ].join('');
  await writeSettings(join(home.value.path, 'data'), home.value.user, settings);
  const told = await withConnection(superuserLogin(access), SET_MILLIS, (client) =>
    client.query('SELECT pg_reload_conf()'),
  );
  return told.ok ? ok(null) : told;
}

/**
 * How far the log was when every writer waited by the names in force. Writers learn whom they wait for from the
 * checkpointer, which reads the configuration before it begins a checkpoint: after one that was asked for at a later look
 * than the change, no writer goes by the former names.
 */
function positionWaitedFrom(access: Access): Promise<Result<number>> {
  return withConnection(superuserLogin(access), SET_MILLIS, async (client) => {
    await client.query('CHECKPOINT');
    const found = await client.query<{ flushed: string }>(
      "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::text AS flushed",
    );
    return Number(found.rows[0]?.flushed ?? 0);
  });
}
