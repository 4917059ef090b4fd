import { createHash, randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import pg from 'pg';
import { type Clock, fail, instant, ok, type Result, seconds, Thrown } from '#kernel';
import type { CopyFacts, CopyProgress, PartSink, StoreCopies } from '#ports';
import { withConnection } from '../client.ts';
import { superuserLogin } from '../logins.ts';
import type { Access } from '../../supervisor/index.ts';
import { type BackupFacts, type BackupStream, backupStream, lastPosition } from './backup-stream.ts';
import { type CopyDetail, DATA_PART, MANIFEST_PART } from './detail.ts';
import { positionOf, segmentAt, segmentName } from './pieces.ts';

const ASK_MILLIS = 10_000;
/** The server writes a checkpoint before it sends the first byte. */
const SILENCE = seconds(300);
const LOOK_EVERY = seconds(1);

export interface CopyOptions {
  readonly store: string;
  readonly access: Access;
  readonly clock: Clock;
}

/**
 * Copies a running Postgres by its own BASE_BACKUP: `base.tar` with the log that was written meanwhile, so that the copy
 * stands alone, and the server's manifest with a SHA-256 of each file. The server goes on working; what the log needs
 * to hold is kept for as long as the sink takes. Failures: `postgres_data_damaged` (facts: store),
 * `postgres_backup_failed` (facts: store, reason), `postgres_tablespaces` (facts: store), `postgres_not_answering`, those of the sink.
 */
export async function copyCluster(
  { store, access, clock }: CopyOptions,
  ...[sink, signal, progress]: Parameters<StoreCopies['copy']>
): Promise<Result<CopyFacts>> {
  const before = await look(access, signal);
  if (!before.ok) return before;
  if (before.value.tablespaces > 0) return fail('postgres_tablespaces', { store });
  const sent = await inReplication(access, store, signal, async (client, socket) => {
    // The log since here is kept until the session ends, however slowly the sink takes it.
    const slot = `fairway_copy_${randomBytes(4).toString('hex')}`;
    await client.query(`CREATE_REPLICATION_SLOT ${slot} TEMPORARY PHYSICAL RESERVE_WAL`);
    const stream = backupStream(commandFor(store), socket);
    const watch = watchSilence(stream, socket, clock);
    try {
      client.query(stream.query);
      return await sendParts(stream, sink, progress);
    } finally {
      watch.end();
    }
  });
  if (!sent.ok) return sent;
  const after = await look(access, signal);
  if (!after.ok) return after;
  const { bytes, sha256, facts } = sent.value;
  const { at: from, version, systemId, segmentBytes } = before.value;
  const piece = (position: bigint) =>
    segmentName({ timeline: facts.timeline, number: segmentAt(position, segmentBytes) }, segmentBytes);
  const detail: CopyDetail = {
    version,
    systemId,
    timeline: facts.timeline,
    firstPiece: piece(positionOf(facts.startLsn)),
    lastPiece: piece(lastPosition(facts)),
    startLsn: facts.startLsn,
    stopLsn: facts.stopLsn,
    segmentBytes,
    snapshot: after.value.snapshot,
    sha256,
  };
  return ok({ from: instant(from), until: instant(Math.max(from, after.value.at + 1)), bytes, detail });
}

/** It does not wait until the log is handed over: the copy brings its own, and handing over may fail for long. */
function commandFor(store: string): string {
  const label = `fairway ${store}`.replaceAll("'", "''");
  const options = [`LABEL '${label}'`, "CHECKPOINT 'fast'", 'WAL true', 'WAIT false', 'PROGRESS true'];
  return `BASE_BACKUP (${[...options, "MANIFEST 'yes'", "MANIFEST_CHECKSUMS 'SHA256'"].join(', ')})`;
}

interface Sent {
  readonly bytes: number;
  readonly sha256: string;
  readonly facts: BackupFacts;
}

async function sendParts(
  stream: BackupStream,
  sink: PartSink,
  progress: (progress: CopyProgress) => void,
): Promise<Result<Sent>> {
  const hash = createHash('sha256');
  const names: string[] = [];
  let told = -1;
  async function* counted(name: string, content: AsyncIterable<Uint8Array>) {
    for await (const bytes of content) {
      if (name === DATA_PART) hash.update(bytes);
      yield bytes;
      const { done, of } = stream.progress();
      const share = of === null || of === 0 ? null : Math.min(1, done / of);
      if (share === null || share - told < 0.01) continue;
      told = share;
      progress({ share, doing: 'the databases' });
    }
  }
  for await (const { name, content } of stream.parts()) {
    names.push(name);
    const stored = await sink(name, counted(name, content));
    if (!stored.ok) return stored;
  }
  const facts = stream.facts();
  if (facts === null || names.join() !== `${DATA_PART},${MANIFEST_PART}`)
    throw new Error(`the server sent ${names.join(', ') || 'nothing'}`);
  return ok({ bytes: stream.progress().done, sha256: hash.digest('hex'), facts });
}

/** SQLSTATE of a page that does not fit its checksum. */
const dataCorrupted = 'XX001';

/** A session that speaks the server's replication commands; it is cut when the signal says so. */
async function inReplication<T>(
  access: Access,
  store: string,
  signal: AbortSignal,
  work: (client: pg.Client, socket: Socket) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (signal.aborted) return failed(store, 'it was cancelled');
  const socket = new Socket();
  const cut = () => socket.destroy(new Error('it was cancelled'));
  signal.addEventListener('abort', cut);
  const options = {
    ...superuserLogin(access),
    host: '127.0.0.1',
    ssl: false,
    stream: () => socket,
    connectionTimeoutMillis: ASK_MILLIS,
    application_name: 'fairway copy',
    replication: 'true', // passed on by the client as it is; its types do not know it
  };
  const client = new pg.Client(options);
  client.on('error', () => {}); // what runs fails as well, and tells
  try {
    await client.connect();
    return await work(client, socket);
  } catch (reason) {
    if (reason instanceof Thrown) return { ok: false, error: reason.failure };
    if (reason instanceof pg.DatabaseError && reason.code === dataCorrupted)
      return fail('postgres_data_damaged', { store });
    return failed(store, signal.aborted ? 'it was cancelled' : textOf(reason));
  } finally {
    signal.removeEventListener('abort', cut);
    socket.destroy(); // in the middle of a backup there is no other end
  }
}

const failed = (store: string, reason: string) => fail('postgres_backup_failed', { store, reason });
const textOf = (reason: unknown) => (reason instanceof Error ? reason.message : String(reason));

/** Cuts a session whose server says nothing any more. */
function watchSilence(stream: BackupStream, socket: Socket, clock: Clock) {
  const ending = new AbortController();
  const watch = async () => {
    let [heard, since] = [-1, clock.now()];
    while (!ending.signal.aborted) {
      if (stream.heard() !== heard || !stream.isListening()) [heard, since] = [stream.heard(), clock.now()];
      if (clock.now() - since > SILENCE)
        socket.destroy(new Error(`the server said nothing for ${SILENCE / 1_000} s`));
      await clock.sleep(LOOK_EVERY, ending.signal);
    }
  };
  void watch();
  return { end: () => ending.abort() };
}

interface Look {
  /** The server's clock. */
  readonly at: number;
  readonly version: string;
  readonly systemId: string;
  readonly segmentBytes: number;
  readonly snapshot: string;
  readonly tablespaces: number;
}

async function look(access: Access, signal: AbortSignal): Promise<Result<Look>> {
  return withConnection(
    superuserLogin(access),
    ASK_MILLIS,
    async (client) => {
      const { rows } = await client.query<Record<keyof Look, string>>(
        `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::text AS at,
                current_setting('server_version') AS version,
                (SELECT system_identifier::text FROM pg_control_system()) AS "systemId",
                (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size') AS "segmentBytes",
                pg_current_snapshot()::text AS snapshot,
                (SELECT count(*)::text FROM pg_tablespace WHERE spcname NOT LIKE 'pg\\_%') AS tablespaces`,
      );
      const [row] = rows;
      return {
        at: Number(row?.at),
        version: row?.version ?? '',
        systemId: row?.systemId ?? '',
        segmentBytes: Number(row?.segmentBytes),
        snapshot: row?.snapshot ?? '',
        tablespaces: Number(row?.tablespaces),
      };
    },
    signal,
  );
}
