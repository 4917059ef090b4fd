import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, type Failure, fail, hours, type Instant, millis, ok, type Result } from '#kernel';
import { createHandler } from './handler.ts';
import type { Log } from './log.ts';
import type { Credentials } from './protocol/signature.ts';
import { type ObjectStore, openStore } from './storage/store.ts';
import { sweepLifecycles, type Swept } from './storage/sweep.ts';

export interface BucketServerOptions {
  /** Absolute; everything is kept in it, and no second server may use it. */
  readonly folder: string;
  /** On 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly log: Log;
}

export interface BucketServer {
  readonly port: number;
  /** Applies the lifecycle rules as of `now`; happens by itself once an hour. */
  sweep(now: Instant): Promise<Result<Swept>>;
  /** Lets requests finish for at most ten seconds, then closes everything. */
  close(): Promise<void>;
}

/**
 * Starts an S3-compatible server on 127.0.0.1. Failures: `bucket_folder_locked` (another server uses the folder; facts:
 * folder), `bucket_folder_unusable` (facts: folder, reason), `port_taken` (facts: port).
 */
export async function createBucketServer(options: BucketServerOptions): Promise<Result<BucketServer>> {
  const { clock, log } = options;
  const opened = await open(options.folder);
  if (!opened.ok) return opened;
  const { store, swept } = opened.value;
  const http = createServer(TIME_LIMITS);
  http.timeout = IDLE_MILLIS;
  const handler = createHandler({ ...options, store });
  http.on('request', (request, response) => handler(request, response, () => {}));
  // Whoever asks first is told only after the signature is checked.
  http.on('checkContinue', (request, response) => handler(request, response, () => response.writeContinue()));
  const listening = await listen(http, options.port);
  if (!listening.ok) {
    store.close();
    return listening;
  }
  log({ event: 'bucket server ready', port: listening.value, leftovers: swept });
  const ending = new AbortController();
  const sweep = (now: Instant) => runSweep(store, now, log);
  const sweeping = sweepHourly(clock, ending.signal, sweep);
  return ok({
    port: listening.value,
    sweep,
    close: async () => {
      ending.abort();
      await closeHttp(http, clock);
      await sweeping;
      store.close();
    },
  });
}

// The header must arrive soon; a large body may take as long as it keeps moving.
const TIME_LIMITS = { headersTimeout: 15_000, requestTimeout: 0, keepAliveTimeout: 60_000 };
const IDLE_MILLIS = 120_000;
const CLOSING_GRACE = millis(10_000);
const SWEEP_INTERVAL = hours(1);

async function open(folder: string): Promise<Result<Awaited<ReturnType<typeof openStore>>>> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return ok(await openStore(folder));
  } catch (reason) {
    const locked = reason instanceof Error && 'errcode' in reason && reason.errcode === SQLITE_BUSY;
    if (locked) return fail('bucket_folder_locked', { folder });
    return fail('bucket_folder_unusable', {
      folder,
      reason: reason instanceof Error ? reason.message : String(reason),
    });
  }
}

const SQLITE_BUSY = 5;

function listen(http: Server, port: number): Promise<Result<number>> {
  return new Promise((resolve) => {
    http.once('error', () => resolve(fail('port_taken', { port })));
    http.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      resolve(ok((http.address() as AddressInfo).port));
    });
  });
}

async function runSweep(store: ObjectStore, now: Instant, log: Log): Promise<Result<Swept>> {
  const swept = await sweepLifecycles(store, now);
  if (swept.ok) {
    if (Object.values(swept.value).some((count) => count > 0))
      log({ event: 'lifecycle sweep', ...swept.value });
    return swept;
  }
  const { code, sentence, detail } = swept.error;
  log({ event: 'lifecycle sweep failed', code, detail });
  const failure: Result<never, Failure> = fail('bucket_sweep_failed', { reason: detail ?? sentence });
  return failure;
}

async function sweepHourly(
  clock: Clock,
  signal: AbortSignal,
  sweep: (now: Instant) => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    await sweep(clock.now());
    await clock.sleep(SWEEP_INTERVAL, signal);
  }
}

async function closeHttp(http: Server, clock: Clock): Promise<void> {
  const closed = new AbortController();
  const ended = new Promise<void>((resolve) => {
    http.close(() => {
      closed.abort();
      resolve();
    });
  });
  http.closeIdleConnections();
  await clock.sleep(CLOSING_GRACE, closed.signal);
  http.closeAllConnections();
  await ended;
}
