import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, writeOwned } from './server.ts';
import type { User } from './programs.ts';

const CLIENTS = 8;

/** Latencies of commits, in milliseconds, from when each was due. */
export interface Latencies {
  readonly commits: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/**
 * Eight clients that commit one row each at a given rate, for so long, while the work is done again and again. A commit that
 * waits for the one before it counts from when it was due: a pause of the server shows in all that fall into it.
 */
export async function commitsDuring(
  server: Server,
  user: User | null,
  { seconds, rate }: { readonly seconds: number; readonly rate: number },
  work: (() => Promise<void>) | null,
): Promise<Latencies> {
  const folder = server.folder('load');
  const script = join(folder, 'commit.sql');
  writeOwned(script, `INSERT INTO load (client, note) VALUES (:client_id, repeat('x', 100));\n`, user);
  await server.sql('TRUNCATE load');
  await server.sql('CHECKPOINT');
  let isRunning = true;
  const where = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'postgres'];
  const load = server
    .program('pgbench', [
      ...[...where, '-n', '-c', String(CLIENTS), '-j', '1', '-T', String(seconds), '-R', String(rate)],
      ...['-l', `--log-prefix=${join(folder, 'commits')}`, '-f', script, 'postgres'],
    ])
    .finally(() => (isRunning = false));
  while (isRunning && work !== null) await work();
  await load;
  const latencies = readLogs(folder);
  rmSync(folder, { recursive: true });
  return latencies;
}

/** Each line of pgbench's log: client, transaction, latency in microseconds, script, time. */
function readLogs(folder: string): Latencies {
  const lines = readdirSync(folder)
    .filter((name) => name.startsWith('commits'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  const sorted = lines.map((line) => Number(line.split(' ')[2]) / 1_000).toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { commits: sorted.length, p50: at(0.5), p99: at(0.99), most: at(1) };
}
