import { join } from 'node:path';
import type pg from 'pg';
import { fail, ok, type Result } from '#kernel';
import type { LostWrites } from '#ports';
import { findHome, readState } from '../../supervisor/index.ts';
import { withConnection } from '../client.ts';
import { superuserLogin } from '../logins.ts';
import { type ControlFile, readControlFile } from './control-file.ts';
import { readBeat } from './pulse.ts';
import { readNote } from './restored-note.ts';

const ASK_MILLIS = 10_000;

/**
 * Estimates what a restored store lacks: each transaction that wrote has a number, and the numbers have no holes. Some
 * of them were rolled back, and the pulse is ours: hence at most so many. Failures: `postgres_not_answering`, of the
 * restored store.
 */
export async function lostWrites(folder: string, restoredFolder: string): Promise<Result<LostWrites>> {
  const restored = await reachedIn(restoredFolder);
  if (!restored.ok) return restored;
  // The beats first: one that came in between would be taken off without having been counted.
  const beats = await beatsBetween(folder, restoredFolder);
  const running = await nextIn(folder);
  if (running.ok) {
    const open = await lostOpen(folder, restoredFolder, restored.value);
    return open.ok ? ok(atMost(running.value - restored.value + open.value, beats)) : open;
  }
  const control = await controlOf(folder);
  if (control === null)
    return ok({ transactions: null, exact: false, detail: 'nobody can tell: the store does not answer' });
  const between = control.nextTransaction - restored.value;
  if (control.isClean) return ok(atMost(between, beats));
  const detail = `at least ${counted(between)}: the store does not answer, and this is what its last checkpoint says`;
  return ok({ transactions: null, exact: false, detail });
}

function atMost(between: bigint, beats: bigint | null): LostWrites {
  const all = between > 0n ? between : 0n;
  const ours = beats === null ? 0n : beats < 0n ? 0n : beats > all ? all : beats;
  const pulse = ours === 0n ? '' : ` (and ${ours.toLocaleString('en')} of Fairway's own pulse)`;
  return {
    transactions: Number(all - ours),
    exact: all - ours === 0n,
    detail: all - ours === 0n ? `no transactions${pulse}` : `at most ${counted(all - ours)}${pulse}`,
  };
}

const counted = (count: bigint) =>
  `${(count > 0n ? count : 0n).toLocaleString('en')} ${count === 1n ? 'transaction' : 'transactions'}`;

/** What it has written by itself since it was restored does not count. */
async function reachedIn(restoredFolder: string): Promise<Result<bigint>> {
  const note = await readNote(restoredFolder);
  return note === null ? nextIn(restoredFolder) : ok(BigInt(note.nextTransaction));
}

const nextIn = (folder: string) =>
  askIn(folder, async (client) => {
    const { rows } = await client.query<{ next: string }>(
      'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
    );
    return BigInt(rows[0]?.next ?? '0');
  });

/** More than can be open at once. */
const MOST_OPEN = 1_000n;

/**
 * Transactions that had their number when the target was reached, and were committed only later: the restored store has
 * given them up.
 */
async function lostOpen(folder: string, restoredFolder: string, next: bigint): Promise<Result<bigint>> {
  const first = next > MOST_OPEN + FIRST_NORMAL ? next - MOST_OPEN : FIRST_NORMAL;
  const numbers = 'SELECT x::text FROM generate_series($1::bigint, $2::bigint - 1) AS x';
  const given = await askIn(restoredFolder, async (client) => {
    const { rows } = await client.query<{ x: string }>(
      `${numbers} WHERE pg_xact_status(x::text::xid8) = 'aborted'`,
      [first.toString(), next.toString()],
    );
    return rows.map(({ x }) => x);
  });
  if (!given.ok) return given;
  return askIn(folder, async (client) => {
    const { rowCount } = await client.query(
      "SELECT FROM unnest($1::text[]) AS x WHERE pg_xact_status(x::xid8) = 'committed'",
      [given.value],
    );
    return BigInt(rowCount ?? 0);
  });
}

const FIRST_NORMAL = 3n; // FirstNormalTransactionId

async function askIn<T>(folder: string, work: (client: pg.Client) => Promise<T>): Promise<Result<T>> {
  const state = await readState(folder);
  if (!state.ok) return state;
  const { access, process } = state.value;
  if (access === null || process === null)
    return fail('postgres_not_answering', { state: 'none', reason: 'it is not running' });
  return withConnection(superuserLogin(access), ASK_MILLIS, work);
}

async function controlOf(folder: string): Promise<ControlFile | null> {
  const home = await findHome(folder);
  return home === null ? null : readControlFile(join(home, 'data'));
}

/** Null when one of them does not say. */
async function beatsBetween(folder: string, restoredFolder: string): Promise<bigint | null> {
  const [running, restored] = [await readBeat(folder), await readBeat(restoredFolder)];
  if (!running.ok || !restored.ok || running.value === null) return null;
  return running.value.beats - (restored.value?.beats ?? 0n);
}
