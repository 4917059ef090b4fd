import { ok, type Result } from '#kernel';
import type { Access } from '../../supervisor/index.ts';
import { withConnection } from '../client.ts';
import { superuserLogin } from '../logins.ts';

const LOOK_MILLIS = 2_000;

/** Positions in the log are bytes since its beginning. */
export interface PrimaryLook {
  /** How far the log is on the primary's disk. */
  readonly flushed: number;
  /** Standbys that are connected, by number. */
  readonly followers: ReadonlyMap<number, Follower>;
  /** Places in the log that are kept for standbys, by number. */
  readonly slots: ReadonlyMap<number, Slot>;
  /** As the server has it in force. */
  readonly synchronousNames: string;
}

export interface Follower {
  readonly state: string;
  /** `sync` when commits wait for it. */
  readonly sync: string;
  readonly flushed: number;
  readonly replayed: number;
  /** Of the newest writes, as the primary measures it. */
  readonly replayLagSeconds: number;
  /** Since it last said anything. */
  readonly silentSeconds: number;
}

export interface Slot {
  /** The log it needs is gone: it must be made anew. */
  readonly lost: boolean;
  /** Up to here the log is not needed any more. */
  readonly kept: number | null;
}

/** The name a standby has on its primary, for its connection and its slot. */
export const standbyName = (number: number) => `standby_${number}`;
const numberOf = (name: string) => Number(/^standby_(\d+)$/.exec(name)?.[1] ?? 0);

/** Failure: `postgres_not_answering`. */
export function lookAtPrimary(access: Access, signal?: AbortSignal): Promise<Result<PrimaryLook>> {
  return withConnection(
    superuserLogin(access),
    LOOK_MILLIS,
    async (client) => {
      const here = await client.query<{ flushed: string; names: string }>(
        `SELECT ${position('pg_current_wal_flush_lsn()')} AS flushed,
                current_setting('synchronous_standby_names') AS names`,
      );
      const followers = await client.query<Record<keyof Follower | 'name', string | null>>(
        `SELECT application_name AS name, state, sync_state AS sync,
                ${position('flush_lsn')} AS flushed, ${position('replay_lsn')} AS replayed,
                extract(epoch FROM replay_lag)::text AS "replayLagSeconds",
                extract(epoch FROM clock_timestamp() - reply_time)::text AS "silentSeconds"
           FROM pg_stat_replication WHERE usename = 'fairway_replication'`,
      );
      const slots = await client.query<{ name: string; lost: boolean; kept: string | null }>(
        `SELECT slot_name AS name, wal_status = 'lost' AS lost, ${position('restart_lsn')} AS kept
           FROM pg_replication_slots WHERE slot_type = 'physical'`,
      );
      return {
        flushed: Number(here.rows[0]?.flushed ?? 0),
        synchronousNames: here.rows[0]?.names ?? '',
        followers: new Map(
          followers.rows.map((row) => [
            numberOf(row.name ?? ''),
            {
              state: row.state ?? '',
              sync: row.sync ?? '',
              flushed: Number(row.flushed ?? 0),
              replayed: Number(row.replayed ?? 0),
              replayLagSeconds: Number(row.replayLagSeconds ?? 0),
              silentSeconds: Number(row.silentSeconds ?? 0),
            },
          ]),
        ),
        slots: new Map(
          slots.rows.map(({ name, lost, kept }) => [
            numberOf(name),
            { lost, kept: kept === null ? null : Number(kept) },
          ]),
        ),
      };
    },
    signal,
  );
}

export interface StandbyLook {
  /** False once it was promoted. */
  readonly isStandby: boolean;
  readonly isReceiving: boolean;
  /** All the log on its own disk is replayed: only now `received` tells of it when the server was restarted. */
  readonly hasReplayedAll: boolean;
  /** History of the log it is on; a later one is always further. */
  readonly timeline: number;
  /** What it has on its disk of the log, replayed or not, as far as it knows (see `hasReplayedAll`). */
  readonly received: number;
  readonly replayed: number;
}

/** Failure: `postgres_not_answering`. */
export async function lookAtStandby(access: Access, signal?: AbortSignal): Promise<Result<StandbyLook>> {
  const look = await withConnection(
    superuserLogin(access),
    LOOK_MILLIS,
    (client) =>
      client.query<Record<keyof StandbyLook, string | boolean>>(
        `SELECT pg_is_in_recovery() AS "isStandby",
                EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS "isReceiving",
                EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'startup'
                  AND wait_event IN ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval')) AS "hasReplayedAll",
                greatest(r.min_recovery_end_timeline, c.timeline_id)::text AS timeline,
                coalesce(${position('greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())')}, '0') AS received,
                coalesce(${position('pg_last_wal_replay_lsn()')}, '0') AS replayed
           FROM pg_control_recovery() r, pg_control_checkpoint() c`,
      ),
    signal,
  );
  if (!look.ok) return look;
  const [row] = look.value.rows;
  return ok({
    isStandby: row?.isStandby === true,
    isReceiving: row?.isReceiving === true,
    hasReplayedAll: row?.hasReplayedAll === true,
    timeline: Number(row?.timeline ?? 0),
    received: Number(row?.received ?? 0),
    replayed: Number(row?.replayed ?? 0),
  });
}

/** As text: 2^53 bytes of log are nine petabytes, which a number holds. */
const position = (lsn: string) => `pg_wal_lsn_diff(${lsn}, '0/0')::text`;
