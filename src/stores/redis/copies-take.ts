import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, link, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { after, type Clock, fail, type Instant, minutes, ok, type Result, Thrown } from '#kernel';
import type { Content, CopyFacts, CopyProgress, PartSink } from '#ports';
import { copyFailed, returningFailures, runningServer } from '../copies-ground.ts';
import { findHome } from '../supervisor/index.ts';
import { checkSnapshot } from './copies-check.ts';
import { followSnapshot } from './copies-checksum.ts';
import type { RedisCopiesOptions } from './copies-options.ts';
import { infoOf, numberOf, untilInfo, withRedis } from './copies-session.ts';

/** Name of the only part. */
export const SNAPSHOT = 'dump.rdb';
/** A snapshot that takes longer is given up; the server may be short of memory or disk. */
const SNAPSHOT_WITHIN = minutes(60);

/**
 * Has the server write a snapshot and hands it over, its checksum compared and, where the server's own checker is there,
 * all of it read. Failures: `redis_copy_not_possible` (facts: store, reason), `store_copy_failed` (facts: store, reason),
 * `store_state_unreadable`, and those of the sink.
 */
export async function copyRedis(
  options: RedisCopiesOptions,
  sink: PartSink,
  signal: AbortSignal,
  progress: (progress: CopyProgress) => void,
): Promise<Result<CopyFacts>> {
  const { spec, folder, clock } = options;
  const failed = (reason: string) => copyFailed(spec.name, reason);
  return returningFailures(async () => {
    const running = await runningServer(folder, spec.name);
    if (!running.ok) return running;
    const { access: at, note } = running.value;
    if (note !== null) return fail('redis_copy_not_possible', { store: spec.name, reason: note });
    const home = await findHome(folder);
    if (home === null) return failed('its folder has no data');
    return withRedis(at, async (redis) => {
      progress({ share: null, doing: 'the snapshot' });
      const version = (await infoOf(redis, 'server')).get('redis_version') ?? null;
      return withSnapshot(home, async (take) => {
        const saved = await save(redis, clock, signal);
        if (!saved.ok) return failed(saved.error);
        const file = await take();
        const { size } = await stat(file);
        const checked = await checkSnapshot(file, { server: options.redisServer, clock, signal });
        if (!checked.ok) return failed(checked.error);
        const follow = followSnapshot();
        const kept = await sink(SNAPSHOT, followed(spec.name, file, follow, size, progress));
        if (!kept.ok) return kept;
        const checksum = follow.end();
        const detail = {
          version,
          checksum: checksum.state === 'right' ? checksum.value : null,
          keys: checked.value?.keys ?? null,
          expires: checked.value?.expires ?? null,
        };
        return ok({ ...saved.value, bytes: size, detail });
      });
    });
  }, failed);
}

/** The bytes of the snapshot; throws at its end when its checksum is not that of its content. */
async function* followed(
  store: string,
  file: string,
  follow: ReturnType<typeof followSnapshot>,
  size: number,
  progress: (progress: CopyProgress) => void,
): Content {
  let done = 0;
  for await (const piece of createReadStream(file, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>) {
    follow.update(piece);
    done += piece.length;
    yield piece;
    progress({ share: done / size, doing: 'the snapshot' });
  }
  const checksum = follow.end();
  if (checksum.state === 'wrong')
    throw new Thrown(copyFailed(store, `the snapshot: ${checksum.reason}`).error);
}

/**
 * The file that the server writes is at once linked under another name, which no later snapshot replaces, and goes
 * afterwards: a server without a log of its own would start from it, older than it was.
 */
async function withSnapshot<T>(
  home: string,
  work: (take: () => Promise<string>) => Promise<Result<T>>,
): Promise<Result<T>> {
  const written = join(home, SNAPSHOT);
  const ours = join(home, `copy-${randomUUID()}.rdb`);
  const wasThere = await access(written).then(
    () => true,
    () => false,
  );
  try {
    return await work(async () => {
      await link(written, ours);
      return ours;
    });
  } finally {
    await rm(ours, { force: true });
    if (!wasThere) await rm(written, { force: true });
  }
}

/** Between these two the server has branched off the process that writes; so that is the moment of the snapshot. */
interface Saved {
  readonly from: Instant;
  readonly until: Instant;
}

async function save(redis: Redis, clock: Clock, signal: AbortSignal): Promise<Result<Saved, string>> {
  const deadline = after(clock.now(), SNAPSHOT_WITHIN);
  const late = () => clock.now() > deadline;
  const look = { section: 'persistence', clock, signal };
  for (;;) {
    // Another snapshot, or a rewrite of the log, comes first: the server has one child at a time.
    const idle = await untilInfo(redis, look, (info) => isIdle(info) || late());
    if (idle === null) return { ok: false, error: 'it was cancelled' };
    if (!isIdle(idle)) return { ok: false, error: 'the server was busy with another snapshot for an hour' };
    const from = clock.now();
    const refused = await redis.bgsave().then(
      () => null,
      (reason: Error) => reason.message,
    );
    if (refused !== null && !refused.includes('in progress')) return { ok: false, error: refused };
    if (refused !== null) continue;
    const until = clock.now();
    const ended = await untilInfo(redis, look, (info) => isIdle(info) || late());
    if (ended === null) return { ok: false, error: 'it was cancelled' };
    if (!isIdle(ended)) return { ok: false, error: 'the snapshot was not finished within an hour' };
    if (ended.get('rdb_last_bgsave_status') !== 'ok') {
      return { ok: false, error: 'the server could not write the snapshot; its log (server.log) says why' };
    }
    return { ok: true, value: { from, until } };
  }
}

const isIdle = (info: Awaited<ReturnType<typeof infoOf>>) =>
  numberOf(info, 'rdb_bgsave_in_progress') === 0 && numberOf(info, 'aof_rewrite_in_progress') === 0;
