import { randomBytes } from 'node:crypto';
import { chown, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, type Json, minutes, ok, type Random, type Result } from '#kernel';
import type { Restored, RestoreRequest } from '#ports';
import type { EmbeddedStore } from '../contract.ts';
import {
  noteRestored,
  restoreFailed,
  returningFailures,
  runningServer,
  takeEmptyFolder,
} from '../copies-ground.ts';
import { type Home, openHome, supervise } from '../supervisor/index.ts';
import { checkSnapshot } from './copies-check.ts';
import { followSnapshot } from './copies-checksum.ts';
import type { RedisCopiesOptions } from './copies-options.ts';
import { infoOf, keysByDatabase, numberOf, untilInfo, withRedis } from './copies-session.ts';
import { SNAPSHOT } from './copies-take.ts';
import { findRedisServer } from './find.ts';
import { redisKind } from './kind.ts';

/**
 * Puts a snapshot into an empty folder and has a server load it once. A server that is started with its log (AOF) on
 * ignores snapshots, so the log is begun while it runs: then it holds all that was loaded. Failures:
 * `restore_folder_not_empty` (facts: folder, found), `redis_copy_not_possible` (facts: store, reason),
 * `store_restore_failed` (facts: store, reason), those of the source and of starting. What a failed one has made is gone.
 */
export async function restoreRedis(
  options: RedisCopiesOptions,
  request: RestoreRequest,
): Promise<Result<Restored>> {
  const { spec, clock } = options;
  const { folder } = request;
  const failed = (reason: string) => restoreFailed(spec.name, reason);
  const server = options.redisServer === undefined ? findRedisServer() : options.redisServer;
  if (server === null) {
    const reason = 'no Redis or Valkey server is installed on this machine';
    return fail('redis_copy_not_possible', { store: spec.name, reason });
  }
  const taken = await returningFailures(() => takeEmptyFolder(folder), failed);
  if (!taken.ok) return taken;
  const kind = redisKind({ ...spec, persistence: 'none' }, server);
  // Reading back a large snapshot takes as long as it takes.
  const loader = supervise({ folder, kind, clock, random: ports, startWithin: minutes(60) });
  const restored = await returningFailures(() => load(options, request, loader, server), failed);
  if (!restored.ok) await discard(loader);
  return restored;
}

async function load(
  { spec, clock }: RedisCopiesOptions,
  request: RestoreRequest,
  loader: EmbeddedStore,
  server: string,
): Promise<Result<Restored>> {
  const { folder, source, signal, progress } = request;
  const failed = (reason: string) => restoreFailed(spec.name, reason);
  const home = await openHome(folder);
  if (!home.ok) return home;
  progress({ share: 0, doing: 'the snapshot' });
  const file = join(home.value.path, SNAPSHOT);
  const laid = await layDown(file, request, home.value);
  if (!laid.ok) return failed(laid.error);
  const checked = await checkSnapshot(file, { server, clock, signal });
  if (!checked.ok) return failed(checked.error);
  progress({ share: 0.5, doing: 'loading it' });
  const started = await loader.ensure(signal);
  if (!started.ok) return started;
  const counted = await settle(spec.name, folder, spec.persistence === 'aof', { clock, signal });
  if (!counted.ok) return counted;
  const expected = factOf(source.facts.detail, 'keys');
  const { keys, expired } = counted.value;
  if (expected !== null && keys + expired !== expected) {
    return failed(`the copy has ${expected} keys, the server loaded ${keys + expired}`);
  }
  const stopped = await loader.stop(signal);
  if (!stopped.ok) return stopped;
  if (spec.persistence === 'aof') await rm(file); // its content is in the log now
  const detail = { keys, expired };
  await noteRestored(folder, detail);
  progress({ share: 1, doing: 'done' });
  return ok({ reached: null, pieces: 0, detail });
}

/** Writes the snapshot durably, for the server's user. The error says what is wrong with it. */
async function layDown(
  file: string,
  { source }: RestoreRequest,
  { user }: Home,
): Promise<Result<null, string>> {
  const follow = followSnapshot();
  let bytes = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const piece of source.part(SNAPSHOT)) {
      follow.update(piece);
      bytes += piece.length;
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (user !== null) await chown(file, user.uid, user.gid);
  const checksum = follow.end();
  if (bytes !== source.facts.bytes) {
    return { ok: false, error: `the snapshot has ${bytes} bytes, not ${source.facts.bytes}` };
  }
  return checksum.state === 'wrong'
    ? { ok: false, error: `the snapshot: ${checksum.reason}` }
    : { ok: true, value: null };
}

interface Loaded {
  readonly keys: number;
  /** Their time was over when they were loaded. */
  readonly expired: number;
}

/** Counts what was loaded and, where the store keeps a log, has the server begin it. */
async function settle(
  store: string,
  folder: string,
  keepsLog: boolean,
  { clock, signal }: { clock: RedisCopiesOptions['clock']; signal: AbortSignal },
): Promise<Result<Loaded>> {
  const running = await runningServer(folder, store);
  if (!running.ok) return running;
  return withRedis(running.value.access, async (redis) => {
    const info = await infoOf(redis, 'persistence');
    const present = [...(await keysByDatabase(redis)).values()].reduce((sum, keys) => sum + keys, 0);
    const loaded = {
      keys: numberOf(info, 'rdb_last_load_keys_loaded') ?? present, // Redis 7 counts; keys may end meanwhile
      expired: numberOf(info, 'rdb_last_load_keys_expired') ?? 0,
    };
    if (!keepsLog) return ok(loaded);
    await redis.config('SET', 'appendonly', 'yes');
    const look = { section: 'persistence', clock, signal };
    const begun = await untilInfo(redis, look, (now) => {
      const busy = ['aof_rewrite_in_progress', 'aof_rewrite_scheduled'].some((name) => now.get(name) !== '0');
      return now.get('aof_enabled') === '1' && !busy;
    });
    if (begun === null) return restoreFailed(store, 'it was cancelled');
    return begun.get('aof_last_bgrewrite_status') === 'ok'
      ? ok(loaded)
      : restoreFailed(store, 'the server could not begin its log');
  });
}

async function discard(loader: EmbeddedStore): Promise<void> {
  const stopped = await loader.stop(new AbortController().signal);
  if (stopped.ok) await loader.erase();
}

/** A number among the facts of a copy; null where it is not told. */
export function factOf(detail: Json, name: string): number | null {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return null;
  const value = (detail as Readonly<Record<string, Json>>)[name];
  return typeof value === 'number' ? value : null;
}

/** Only ports are chosen by it. */
const ports: Random = () => randomBytes(4).readUInt32LE() / 2 ** 32;
