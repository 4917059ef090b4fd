import type { Context } from 'hono';
import { streamText } from 'hono/streaming';
import type { StreamingApi } from 'hono/utils/stream';
import type { Runner } from '#engine';
import { type Clock, fail, millis } from '#kernel';
import type { LogLine } from '#ports';
import { type Bounds, createLineBuffer, type LineBuffer } from './line-buffer.ts';
import { beats, whileRead } from './live.ts';
import { refuse } from './refuse.ts';

const mostLines = 10_000;
/** What waits for one follower at most, and for all of them together: readers who do not read must not use up the memory. */
const mostEach = 8_000_000;
const mostTogether = 32_000_000;
/** Each follower reads the files of all replicas for itself: 200 of them took more than a gigabyte. */
const mostFollowers = 40;
/** Lines are written together: one write each would keep the control plane busy with nothing else. */
const collectFor = millis(50);
const writtenTogether = 1_000;
/** After so many lines others have their turn, also while more are there already. */
const turn = 2_000;

interface LogAsk {
  /** Empty: all of them. */
  readonly services: ReadonlySet<string>;
  readonly lines: number;
  readonly follow: boolean;
  /** In lower case; empty: every line. */
  readonly match: string;
}

export type LogStream = (context: Context, runner: Runner, clock: Clock) => Response;

/** Streams of lines that share what may wait. One follower too many is refused: `logs_followed_by_many` (facts: followers). */
export function createLogStream(): LogStream {
  let followers = 0;
  const bounds = () => ({ lines: mostLines, characters: Math.min(mostEach, mostTogether / followers) });
  return (context, runner, clock) => {
    if (askOf(context).follow && followers >= mostFollowers)
      return refuse(context, fail('logs_followed_by_many', { followers }).error);
    return logStream(context, runner, clock, async (work) => {
      followers += 1;
      try {
        await work(bounds);
      } finally {
        followers -= 1;
      }
    });
  };
}

/** Counts a follower while it is there. */
type Following = (work: (bounds: () => Bounds) => Promise<void>) => Promise<void>;

/**
 * Lines of services as JSON documents; `?follow=true` goes on until the client leaves. A follower who does not keep up gets the
 * newest lines, and before them `{"dropped": n}`; an empty line says that the stream is alive.
 */
function logStream(context: Context, runner: Runner, clock: Clock, following: Following): Response {
  const ask = askOf(context);
  return streamText(context, (stream) =>
    whileRead(stream, { clock, beat: beats.lines }, (left) =>
      ask.follow
        ? following((bounds) =>
            follow(stream, startReading(runner, clock, ask, left, bounds), clock, ask, left),
          )
        : tellPast(stream, runner, ask, left),
    ),
  );
}

function askOf(context: Context): LogAsk {
  const names = (context.req.query('service') ?? '').split(',').filter((name) => name !== '');
  const lines = Number.parseInt(context.req.query('lines') ?? '100', 10) || 0;
  return {
    services: new Set(names),
    lines: Math.min(mostLines, Math.max(0, lines)),
    follow: context.req.query('follow') === 'true',
    match: (context.req.query('match') ?? '').toLowerCase(),
  };
}

/** The lines of one service or of all, as the target gives them. Where not all are asked for, more of the past are read. */
function linesOf(runner: Runner, ask: LogAsk, left: AbortSignal): AsyncIterable<LogLine> {
  const [single = null] = ask.services.size === 1 ? ask.services : [];
  const lines = isFiltered(ask) && ask.lines > 0 ? mostLines : ask.lines;
  return runner.target.logs({ service: single, lines, follow: ask.follow }, left);
}

const isFiltered = ({ services, match }: LogAsk) => services.size > 1 || match !== '';

function isWanted({ service, text }: LogLine, { services, match }: LogAsk): boolean {
  return (
    (services.size <= 1 || services.has(service)) && (match === '' || text.toLowerCase().includes(match))
  );
}

async function tellPast(stream: StreamingApi, runner: Runner, ask: LogAsk, left: AbortSignal): Promise<void> {
  const found: LogLine[] = [];
  for await (const line of linesOf(runner, ask, left)) if (isWanted(line, ask)) found.push(line);
  for (let at = Math.max(0, found.length - ask.lines); at < found.length && !left.aborted; ) {
    const next = Math.min(found.length, at + writtenTogether);
    await stream.write(textOf(found.slice(at, next)));
    at = next;
  }
}

async function follow(stream: StreamingApi, feed: Feed, clock: Clock, ask: LogAsk, left: AbortSignal) {
  let isPast = isFiltered(ask) && ask.lines > 0;
  while (await feed.hasMore()) {
    await clock.sleep(collectFor, left);
    const { dropped, lines } = feed.buffer.take();
    // What was printed before comes without a pause, so all of it is here: only its last lines are asked for.
    const text = isPast ? textOf(lines.slice(-ask.lines)) : gapOf(dropped) + textOf(lines);
    isPast = false;
    if (text !== '') await stream.write(text);
  }
  await feed.over;
}

interface Feed {
  readonly buffer: LineBuffer;
  /** Resolves once a line has come since the last time; false when none will come any more. */
  hasMore(): Promise<boolean>;
  readonly over: Promise<void>;
}

/** Reads on whatever the reader does: what he does not take is dropped, so that nothing grows. */
function startReading(
  runner: Runner,
  clock: Clock,
  ask: LogAsk,
  left: AbortSignal,
  bounds: () => Bounds,
): Feed {
  const buffer = createLineBuffer(bounds);
  let isOver = false;
  let hasCome = false;
  let told = Promise.withResolvers<undefined>();
  const tell = () => told.resolve(undefined);
  left.addEventListener('abort', tell, { once: true });
  async function read(): Promise<void> {
    let count = 0;
    for await (const line of linesOf(runner, ask, left)) {
      if (left.aborted) return;
      if (isWanted(line, ask)) buffer.push(line);
      hasCome = true;
      tell();
      if (++count % turn === 0) await clock.sleep(millis(0), left);
    }
  }
  const over = read().finally(() => {
    isOver = true;
    tell();
  });
  over.catch(() => undefined); // it is awaited once the reader is through
  return {
    buffer,
    over,
    async hasMore() {
      await told.promise;
      const more = hasCome && !left.aborted;
      hasCome = false;
      if (!isOver && !left.aborted) told = Promise.withResolvers();
      return more || (!isOver && !left.aborted);
    },
  };
}

const gapOf = (dropped: number) => (dropped > 0 ? `${JSON.stringify({ dropped })}\n` : '');

const textOf = (lines: readonly LogLine[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
