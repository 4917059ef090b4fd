import { Socket } from 'node:net';
import pg from 'pg';
import { fail, type Instant, instant, ok, type Result } from '#kernel';
import type { StorePulse } from '#ports';
import { type Access, readState } from '../../supervisor/index.ts';
import { withConnection } from '../client.ts';
import { superuserLogin } from '../logins.ts';

const BEAT_MILLIS = 5_000;

/** In the database `postgres`, which is not the application's. `beats` counts them: each is a transaction of ours. */
const MAKE = `CREATE TABLE IF NOT EXISTS public.fairway_pulse (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  at timestamptz NOT NULL,
  beats bigint NOT NULL
) WITH (fillfactor = 50)`;
const BEAT = `INSERT INTO public.fairway_pulse AS pulse (at, beats) VALUES (to_timestamp($1::float8 / 1000), 1)
  ON CONFLICT (one) DO UPDATE SET at = excluded.at, beats = pulse.beats + 1`;

interface Connection {
  readonly client: pg.Client;
  readonly socket: Socket;
}

/**
 * Writes the pulse over one connection that is kept; it does not keep the program running. Failures:
 * `postgres_not_answering` (facts: state, reason).
 */
export function postgresPulse(access: () => Promise<Result<Access>>): StorePulse {
  let kept: Connection | null = null;
  const drop = () => {
    kept?.socket.destroy();
    kept = null;
  };
  const connection = async (): Promise<Result<Connection>> => {
    if (kept !== null) return ok(kept);
    const found = await access();
    if (!found.ok) return found;
    const made = await connect(found.value);
    made.socket.once('close', () => {
      if (kept === made) kept = null;
    });
    kept = made;
    return ok(made);
  };
  return {
    async beat(now) {
      try {
        const found = await connection();
        if (!found.ok) return found;
        const { client, socket } = found.value;
        socket.ref();
        await client.query({ name: 'beat', text: BEAT, values: [now] });
        socket.unref();
        return ok(null);
      } catch (reason) {
        drop();
        return notAnswering(reason);
      }
    },
    last: lastBeat,
  };
}

async function connect(access: Access): Promise<Connection> {
  const socket = new Socket();
  const client = new pg.Client({
    ...superuserLogin(access),
    host: '127.0.0.1',
    ssl: false,
    stream: () => socket,
    connectionTimeoutMillis: BEAT_MILLIS,
    query_timeout: BEAT_MILLIS,
    application_name: 'fairway pulse',
  });
  client.on('error', () => {}); // the next beat connects again
  try {
    await client.connect();
    await client.query(MAKE);
    return { client, socket };
  } catch (reason) {
    socket.destroy();
    throw reason;
  }
}

async function lastBeat(folder: string): Promise<Result<Instant | null>> {
  const beat = await readBeat(folder);
  return beat.ok ? ok(beat.value?.at ?? null) : beat;
}

export interface Beat {
  readonly at: Instant;
  readonly beats: bigint;
}

/** Of the store that runs at a folder; null where it never had a pulse. */
export async function readBeat(folder: string): Promise<Result<Beat | null>> {
  const state = await readState(folder);
  if (!state.ok) return state;
  if (state.value.access === null)
    return fail('postgres_not_answering', { state: 'none', reason: 'it was never started' });
  return withConnection(superuserLogin(state.value.access), BEAT_MILLIS, async (client) => {
    const there = await client.query(
      `SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = 'fairway_pulse'`,
    );
    if (there.rowCount === 0) return null;
    const { rows } = await client.query<{ at: string; beats: string }>(
      'SELECT round(extract(epoch FROM at) * 1000)::text AS at, beats::text FROM public.fairway_pulse',
    );
    const [row] = rows;
    return row === undefined ? null : { at: instant(Number(row.at)), beats: BigInt(row.beats) };
  });
}

function notAnswering(reason: unknown): Result<never> {
  const state = reason instanceof Error && 'code' in reason ? String(reason.code) : 'none';
  return fail('postgres_not_answering', { state, reason: reason instanceof Error ? reason.message : '' });
}
