import { chown, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import type { RestoreSource, RestoreTarget } from '#ports';
import type { Home } from '../../supervisor/index.ts';
import type { CopyDetail } from './detail.ts';
import {
  HEADER_BYTES,
  isHistory,
  positionOf,
  readSegmentHeader,
  segmentOf,
  timelineOfHistory,
} from './pieces.ts';
import { type LogPath, logPath, readHistory } from './timeline.ts';

/** A place far away is waited for, not computed: several pieces on their way at once, each held in memory. */
const AT_ONCE = 4;
/** The largest `.history` that is believed. */
const MOST_HISTORY = 1_048_576;

export interface Plan extends LogPath {
  /** All that are there, by name: with them a server finds the next number for a timeline of its own. */
  readonly histories: ReadonlyMap<string, Buffer>;
}

/**
 * Which pieces of the log are needed. Where one is missing in front of the target this is a failure; for a moment it
 * may lie behind, which only replaying tells. Failures: `postgres_log_gap` (facts: missing, after).
 */
export async function planLog(
  source: RestoreSource,
  copy: CopyDetail,
  target: RestoreTarget,
): Promise<Result<Plan>> {
  const histories = new Map<string, Buffer>();
  for (const name of source.log.filter(isHistory))
    histories.set(name, await readAll(source.piece(name), MOST_HISTORY));
  const ancestors = new Map(
    [...histories].map(([name, content]) => [timelineOfHistory(name), readHistory(content.toString('utf8'))]),
  );
  const { timeline, segmentBytes } = copy;
  const path = logPath({ timeline, stop: positionOf(copy.stopLsn), segmentBytes }, ancestors, source.log);
  if (path.missing !== null && target.kind === 'latest') return gap(path, copy);
  return ok({ ...path, histories });
}

export const gap = ({ missing, pieces }: LogPath, { lastPiece }: CopyDetail) =>
  fail('postgres_log_gap', { missing, after: pieces.at(-1) ?? lastPiece });

/** Brings the pieces into a folder that the server's user reads. Failures: those of a piece that is not the right one. */
export async function fetchLog(
  source: RestoreSource,
  copy: CopyDetail,
  plan: Plan,
  into: { readonly folder: string; readonly home: Home; readonly signal: AbortSignal },
  told: (done: number) => void,
): Promise<Result<null>> {
  await rm(into.folder, { recursive: true, force: true });
  await mkdir(into.folder, { mode: 0o700 });
  await give(into.folder, into.home);
  for (const [name, content] of plan.histories) await write(join(into.folder, name), [content], into.home);
  const bring = async (name: string): Promise<Result<null>> => {
    const content = await readAll(source.piece(name), copy.segmentBytes + 1);
    const checked = checkPiece(name, content, copy, plan.timelines);
    if (checked.ok) await write(join(into.folder, name), [content], into.home);
    return checked;
  };
  for (let first = 0; first < plan.pieces.length; first += AT_ONCE) {
    if (into.signal.aborted) return fail('postgres_restore_failed', { reason: 'it was cancelled' });
    told(first);
    // Those beside one that fails are waited for: the folder is removed next.
    const brought = await Promise.allSettled(plan.pieces.slice(first, first + AT_ONCE).map(bring));
    for (const each of brought) {
      if (each.status === 'rejected') throw each.reason;
      if (!each.value.ok) return each.value;
    }
  }
  return ok(null);
}

/**
 * Failures: `postgres_log_damaged` (facts: piece, reason), `postgres_log_foreign` (facts: piece, reason): a piece of
 * another cluster, or one under another's name.
 */
export function checkPiece(
  name: string,
  content: Buffer,
  copy: CopyDetail,
  timelines: ReadonlySet<number>,
): Result<null> {
  const damaged = (reason: string) => fail('postgres_log_damaged', { piece: name, reason });
  const foreign = (reason: string) => fail('postgres_log_foreign', { piece: name, reason });
  const { segmentBytes } = copy;
  if (content.length !== segmentBytes)
    return damaged(
      content.length > segmentBytes
        ? `it has more than ${segmentBytes} bytes`
        : `it has ${content.length} bytes instead of ${segmentBytes}`,
    );
  const header = readSegmentHeader(content.subarray(0, HEADER_BYTES));
  if (header === null) return damaged('it does not begin as a piece of the log does');
  if (header.systemId !== copy.systemId) return foreign('it was written by another cluster');
  const { timeline, number } = segmentOf(name, segmentBytes);
  if (header.position !== number * BigInt(segmentBytes))
    return foreign('its content is that of another piece');
  // What was written before a timeline was left stays the former one's.
  const isOnPath = timelines.has(header.timeline) && header.timeline <= timeline;
  return isOnPath ? ok(null) : foreign(`it was written on timeline ${header.timeline}`);
}

async function readAll(content: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of content) {
    parts.push(bytes);
    size += bytes.length;
    if (size > most) break;
  }
  return Buffer.concat(parts);
}

/** Into a folder that is ours alone until the server starts. */
async function write(path: string, content: readonly Buffer[], home: Home): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for (const bytes of content) await file.writeFile(bytes);
  } finally {
    await file.close();
  }
  await give(path, home);
}

async function give(path: string, { user }: Home): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}
