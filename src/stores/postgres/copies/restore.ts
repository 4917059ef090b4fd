import { chown, mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, fail, formatBytes, mebibytes, ok, type Result, seconds, Thrown } from '#kernel';
import type { Restored, RestoreRequest } from '#ports';
import { codeOf, endLeftovers, type Home, openHome, syncFolder } from '../../supervisor/index.ts';
import type { PostgresBinaries } from '../binaries.ts';
import { chooseBinaries, type PostgresSpec } from '../kind.ts';
import { runProgram } from '../programs.ts';
import { isThere } from '../replication/folders.ts';
import { archiveFolder, makeArchive } from './archive.ts';
import { checkTar } from './check-tar.ts';
import { readControlFile } from './control-file.ts';
import { type CopyDetail, DATA_PART, damaged, MANIFEST_PART, readDetail } from './detail.ts';
import { fetchLog, gap, type Plan, planLog } from './fetch-log.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { replayLog } from './replay.ts';
import type { Replay } from './replay-log.ts';
import { writeNote } from './restored-note.ts';
import { unpack } from './unpack.ts';

export interface RestoreOptions {
  readonly spec: PostgresSpec;
  readonly clock: Clock;
}

/** A manifest is about 200 bytes for each file. */
const MOST_MANIFEST = 1_073_741_824;
/** What a server writes besides while it replays. */
const BESIDES = 128 * 1_048_576;

/** What one restore works on. */
interface Work {
  readonly options: RestoreOptions;
  readonly request: RestoreRequest;
  readonly copy: CopyDetail;
  readonly home: Home;
  readonly binaries: PostgresBinaries;
  /** Becomes `data` when all is done: until then nothing takes it for a store. */
  readonly draft: string;
  readonly pieces: string;
  /** Becomes `archive`; null where the store keeps no log. */
  readonly archive: string | null;
}

/**
 * Brings a copy back into the folder of a store that holds nothing: all that is needed is checked before a server sees
 * it, the log is replayed up to the target, and the data are in their place as a whole or not at all. Failures:
 * `postgres_copy_damaged` (facts: file, reason), `postgres_log_damaged`, `postgres_log_foreign` (facts: piece, reason),
 * `postgres_log_gap` (facts: missing, after), `postgres_restore_disk_full` (facts: needed, free),
 * `postgres_restore_failed` (facts: reason), `recovery_target_before_copy` (facts: target, from),
 * `recovery_target_not_reached` (facts: target, last), `postgres_data_version`, those of a home and of the source.
 */
export async function restoreCluster(
  options: RestoreOptions,
  request: RestoreRequest,
): Promise<Result<Restored>> {
  try {
    const work = await prepare(options, request);
    if (!work.ok) return work;
    const restored = await restore(work.value);
    if (!restored.ok) await clear(work.value);
    return restored;
  } catch (reason) {
    if (reason instanceof Thrown) return { ok: false, error: reason.failure };
    if (!(reason instanceof Error) || !/^E(?!RR_)/.test(codeOf(reason))) throw reason;
    return failed(reason.message);
  }
}

async function prepare(options: RestoreOptions, request: RestoreRequest): Promise<Result<Work>> {
  const { source, target, folder } = request;
  const copy = readDetail(source.facts.detail);
  if (!copy.ok) return copy;
  for (const part of [DATA_PART, MANIFEST_PART])
    if (!source.parts.includes(part)) return damaged(part, 'it is missing');
  if (target.kind === 'time' && target.at < source.facts.from) return beforeCopy(request);
  if (target.kind === 'before' && !/^\d{1,20}$/.test(target.transaction))
    return failed(`"${target.transaction.slice(0, 40)}" is no number of a transaction`);
  const home = await openHome(folder);
  if (!home.ok) return home;
  const binaries = await chooseBinaries(options.spec, home.value.user);
  if (!binaries.ok) return binaries;
  const { major } = binaries.value;
  if (Number.parseInt(copy.value.version, 10) !== major)
    return fail('postgres_data_version', { folder, found: copy.value.version, available: major });
  const data = join(home.value.path, 'data');
  if (await isThere(data)) return failed(`${folder} holds data already`);
  const archive = archiveFolder(home.value.path);
  if ((await isThere(archive)) && (await readdir(archive)).length > 0)
    return failed(`${folder} holds pieces of a log that nobody has fetched`);
  await endLeftovers(home.value.path, ['postgres', 'tar'], options.clock, seconds(10));
  const [draft, pieces] = [`${data}.restoring`, join(home.value.path, 'restore')];
  const keepsLog = (options.spec.backup?.logEvery ?? null) !== null;
  const work = {
    ...{ options, request, copy: copy.value, home: home.value, binaries: binaries.value },
    ...{ draft, pieces, archive: keepsLog ? `${archive}.restoring` : null },
  };
  await clear(work); // of one that was killed in the middle
  return ok(work);
}

async function restore(work: Work): Promise<Result<Restored>> {
  try {
    const { request, copy } = work;
    const manifest = await loadManifest(work);
    if (!manifest.ok) return manifest;
    const plan = await planLog(request.source, copy, request.target);
    if (!plan.ok) return plan;
    const room = await checkRoom(work, plan.value);
    if (!room.ok) return room;
    const unpacked = await unpackData(work, manifest.value);
    if (!unpacked.ok) return unpacked;
    const fetched = await fetchPieces(work, plan.value);
    if (!fetched.ok) return fetched;
    const replayed = await replay(work, plan.value);
    if (!replayed.ok) return replayed;
    return await finish(work, replayed.value);
  } catch (reason) {
    await clear(work);
    if (['ENOSPC', 'EDQUOT'].includes(codeOf(reason))) return diskFull(work, 0);
    throw reason;
  }
}

async function loadManifest({ request, copy }: Work): Promise<Result<Manifest>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of request.source.part(MANIFEST_PART)) {
    parts.push(bytes);
    size += bytes.length;
    if (size > MOST_MANIFEST) return damaged(MANIFEST_PART, 'it is too large');
  }
  const manifest = readManifest(Buffer.concat(parts));
  if (manifest.ok && manifest.value.systemId !== '' && manifest.value.systemId !== copy.systemId)
    return damaged(MANIFEST_PART, 'it is that of another cluster');
  return manifest;
}

async function checkRoom(work: Work, plan: Plan): Promise<Result<null>> {
  const { request, copy } = work;
  // Each piece lies in its folder, and once more while it is replayed; tables grow by what it holds, seldom by more.
  const needed = request.source.facts.bytes + 2 * plan.pieces.length * copy.segmentBytes + BESIDES;
  return (await freeBytes(work.home.path)) < needed ? diskFull(work, needed) : ok(null);
}

async function diskFull({ home, request }: Work, needed: number): Promise<Result<never>> {
  const inUnits = (round: (value: number) => number, size: number) =>
    formatBytes(mebibytes(round(size / 1_048_576)));
  return fail('postgres_restore_disk_full', {
    needed: inUnits(Math.ceil, Math.max(needed, request.source.facts.bytes + BESIDES)),
    free: inUnits(Math.floor, await freeBytes(home.path)),
  });
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

async function unpackData(work: Work, manifest: Manifest): Promise<Result<null>> {
  const { request, copy, draft, home } = work;
  const { source, signal, progress } = request;
  await mkdir(draft, { mode: 0o700 });
  await give(draft, home);
  let [done, told] = [0, -1];
  const unpacked = await unpack(
    source.part(DATA_PART),
    checkTar(manifest, copy.sha256),
    { folder: draft, home, signal },
    (bytes) => {
      done += bytes;
      const share = Math.min(1, done / Math.max(1, source.facts.bytes));
      if (share - told < 0.01) return;
      told = share;
      progress({ share: share / 2, doing: 'the databases' });
    },
  );
  if (unpacked.ok || !/no space left|disk quota/i.test(String(unpacked.error.facts['reason'])))
    return unpacked;
  return diskFull(work, 0);
}

async function fetchPieces(work: Work, plan: Plan): Promise<Result<null>> {
  const { request, copy, pieces, home } = work;
  const { source, signal, progress } = request;
  const all = plan.pieces.length;
  const fetched = await fetchLog(source, copy, plan, { folder: pieces, home, signal }, (done) =>
    progress({ share: 0.5 + done / all / 4, doing: `log ${done + 1} of ${all}` }),
  );
  if (!fetched.ok) return fetched;
  await writeFile(join(pieces, 'nobody.conf'), 'host all all all reject\n', { mode: 0o600 });
  await give(join(pieces, 'nobody.conf'), home);
  return ok(null);
}

async function replay(work: Work, plan: Plan): Promise<Result<Replay>> {
  const { options, request, binaries, home, draft, pieces, archive } = work;
  if (archive !== null) await makeArchive(home, archive);
  // The settings of the original are not those of this server; ours are written anew at its first start.
  await rm(join(draft, 'fairway.conf'), { force: true });
  await writeFile(join(draft, 'recovery.signal'), '', { mode: 0o600 });
  await give(join(draft, 'recovery.signal'), home);
  const all = plan.pieces.length;
  const replayed = await replayLog({
    ...{ binaries, home, data: draft, pieces, timeline: plan.timeline, target: request.target, archive },
    ...{ clock: options.clock, signal: request.signal },
    told: ({ restored }) =>
      request.progress({
        share: 0.75 + Math.min(1, restored.length / Math.max(1, all)) / 4,
        doing: `replaying log ${Math.min(restored.length, all)} of ${all}`,
      }),
  });
  return replayed.ok ? judge(work, plan, replayed.value) : replayed;
}

/** A log that could be read to its end only in part looks to the server like one that ends there. */
function judge({ request, copy }: Work, plan: Plan, replay: Replay): Result<Replay> {
  const { target } = request;
  const { fatal, unreadable, last } = replay;
  const isShort = fatal?.includes('before configured recovery target was reached') === true;
  if (unreadable !== null && (fatal !== null || target.kind === 'latest')) {
    const { words: reason, piece } = unreadable;
    return piece === null
      ? damaged(`the log in ${DATA_PART}`, reason)
      : fail('postgres_log_damaged', { piece, reason });
  }
  if (isShort && plan.missing !== null) return gap(plan, copy);
  if (isShort) return fail('recovery_target_not_reached', { target: inWords(target), last: textOf(last) });
  if (fatal?.includes('before consistent recovery point') === true) return beforeCopy(request);
  return fatal === null ? ok(replay) : failed(fatal);
}

async function finish(work: Work, replay: Replay): Promise<Result<Restored>> {
  const { request, draft, pieces, home, copy, archive } = work;
  const control = await readControlFile(draft);
  if (control?.isClean !== true) return failed('its server did not stop in order');
  for (const name of ['recovery.signal', 'backup_label.old', 'tablespace_map.old', 'postmaster.opts'])
    await rm(join(draft, name), { force: true });
  await rm(pieces, { recursive: true, force: true });
  // Where `sync` is missing, the system writes it a little later.
  await runProgram(['sync', '-f', draft], { user: home.user, cwd: home.path });
  if (request.signal.aborted) return failed('it was cancelled');
  await writeNote(request.folder, { nextTransaction: control.nextTransaction.toString() });
  if (archive !== null) {
    await rm(archiveFolder(home.path), { recursive: true, force: true }); // an empty one
    await rename(archive, archiveFolder(home.path));
  }
  await rename(draft, join(home.path, 'data'));
  await syncFolder(home.path);
  const detail = { version: copy.version, timeline: control.timeline, systemId: copy.systemId };
  return ok({ reached: replay.last, pieces: replay.restored.length, detail });
}

async function clear({ draft, pieces, home }: Work): Promise<void> {
  for (const path of [draft, pieces, `${archiveFolder(home.path)}.restoring`])
    await rm(path, { recursive: true, force: true });
}

async function give(path: string, { user }: Home): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}

const failed = (reason: string) => fail('postgres_restore_failed', { reason });

const beforeCopy = ({ target, source }: RestoreRequest) =>
  fail('recovery_target_before_copy', { target: inWords(target), from: textOf(source.facts.from) });

const textOf = (at: number | null) => (at === null ? null : new Date(at).toISOString());

function inWords(target: RestoreRequest['target']): string {
  if (target.kind === 'time') return new Date(target.at).toISOString();
  return target.kind === 'before' ? `transaction ${target.transaction}` : 'the end of the log';
}
