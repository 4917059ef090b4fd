import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#kernel';
import { millis } from '#kernel';
import type { LogLine, LogRequest } from '#ports';
import type { Mask } from './mask.ts';
import { lastLines, linesFrom } from './tail.ts';

interface LogFile {
  readonly file: string;
  readonly service: string;
  readonly replica: string;
  readonly changedAt: number;
}

/**
 * The last lines of all replicas of a service (or of all services), oldest first, then, when asked, what they write
 * from now on until the signal is aborted. Lines without a time of their own follow the line before them.
 */
export async function* readLogs(options: {
  folder: string;
  ask: LogRequest;
  mask: () => Mask;
  clock: Clock;
  signal: AbortSignal;
}): AsyncGenerator<LogLine> {
  const { folder, ask, clock, signal } = options;
  const reached = new Map<string, number>();
  const dated: Dated[] = [];
  for (const log of await findLogs(folder, ask.service)) {
    const { lines, end } = await lastLines(log.file, ask.lines);
    reached.set(log.file, end);
    dated.push(...withTimes(log, lines));
  }
  dated.sort((a, b) => a.at - b.at);
  if (ask.lines > 0)
    for (const { log, text } of dated.slice(-ask.lines)) yield lineOf(log, options.mask()(text));

  while (ask.follow && !signal.aborted) {
    await clock.sleep(millis(200), signal);
    for (const log of await findLogs(folder, ask.service)) {
      const { lines, end } = await linesFrom(log.file, reached.get(log.file) ?? 0);
      reached.set(log.file, end);
      for (const text of lines) yield lineOf(log, options.mask()(text));
    }
  }
}

/** The revision is part of a replica's name, so that the logs of replicas long gone can still be told apart. */
function lineOf(log: LogFile, text: string): LogLine {
  const revision = log.replica.slice(0, log.replica.lastIndexOf('-'));
  return { service: log.service, replica: log.replica, revision, text };
}

async function findLogs(folder: string, service: string | null): Promise<LogFile[]> {
  const all = await readdir(folder).catch(() => []);
  const services = service === null ? all : all.filter((name) => name === service);
  const found: LogFile[] = [];
  for (const name of services) {
    for (const entry of await readdir(join(folder, name)).catch(() => [])) {
      if (!entry.endsWith('.log')) continue;
      const file = join(folder, name, entry);
      const seen = await stat(file).catch(() => null);
      if (seen === null) continue;
      found.push({ file, service: name, replica: entry.slice(0, -'.log'.length), changedAt: seen.mtimeMs });
    }
  }
  return found.sort((a, b) => a.changedAt - b.changedAt);
}

interface Dated {
  readonly log: LogFile;
  readonly text: string;
  readonly at: number;
}

function withTimes(log: LogFile, lines: readonly string[]): Dated[] {
  let last = lines.map(timeIn).find((time) => time !== null) ?? log.changedAt;
  return lines.map((text) => {
    last = Math.max(last, timeIn(text) ?? last);
    return { log, text, at: last };
  });
}

/** An ISO 8601 time at the beginning or in a JSON member, or a pino time in milliseconds. */
function timeIn(text: string): number | null {
  const [, iso, epoch] =
    /^\W{0,2}(?:"(?:time|timestamp|ts)":\s*"?)?(\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)|"time":\s*(\d{13})\b/.exec(
      text,
    ) ?? [];
  if (epoch !== undefined) return Number(epoch);
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  return Number.isNaN(at) ? null : at;
}
