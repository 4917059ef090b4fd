/** A line as it came, and what is seen in it. Most lines are never looked at, so they are taken apart only when they are. */

export type Level = 'debug' | 'info' | 'warning' | 'error';

export interface Entry {
  /** Counts on from 1: its place among all that came. */
  readonly number: number;
  readonly service: string;
  readonly replica: string;
  readonly revision: string;
  /** As it was printed; of a gap, the sentence that stands in its place. */
  readonly text: string;
  /** Stands where lines are missing. */
  readonly isGap: boolean;
}

/** What a line says, for a row. */
export interface Seen {
  readonly at: number | null;
  readonly level: Level | null;
  readonly message: string;
  /** Of the request that it belongs to; the same in every service that took part. */
  readonly id: string | null;
  /** Everything else in it, in its order; empty for a line that is plain text. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const seenOnce = new WeakMap<Entry, Seen>();

export function seen(entry: Entry): Seen {
  const known = seenOnce.get(entry);
  if (known !== undefined) return known;
  const made = see(entry.text);
  seenOnce.set(entry, made);
  return made;
}

/** Names that the usual loggers have for the same: the kit, pino, winston, bunyan, zap, structlog, OpenTelemetry. */
const names = {
  at: ['timestamp', 'time', 'ts', '@timestamp'],
  level: ['level', 'severity', 'lvl'],
  message: ['message', 'msg', 'event', 'body'],
  id: ['correlation_id', 'correlationId', 'request_id', 'requestId', 'reqId', 'trace_id', 'traceId'],
} as const;

function see(text: string): Seen {
  const record = recordOf(text);
  if (record === null) {
    const message = plain(text);
    return { at: null, level: levelOfText(message), message, id: null, fields: [] };
  }
  const found = { at: null, level: null, message: null, id: null } as Record<
    keyof typeof names,
    string | null
  >;
  for (const [part, known] of Object.entries(names) as [keyof typeof names, readonly string[]][])
    found[part] = known.find((name) => isSaid(record[name])) ?? null;
  const used = new Set(Object.values(found));
  const rest = Object.entries(record).filter(([name, value]) => !used.has(name) && isSaid(value));
  const fields = rest.map(([name, value]) => [name, textOf(value)] as const);
  const valueOf = (part: keyof typeof names) => record[found[part] ?? ''];
  return {
    at: instantOf(valueOf('at')),
    level: levelOf(valueOf('level')),
    message: plain(found.message === null ? shortly(fields) : textOf(valueOf('message'))),
    id: found.id === null ? null : textOf(valueOf('id')),
    fields,
  };
}

function recordOf(text: string): Readonly<Record<string, unknown>> | null {
  if (!text.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // a line that was cut, or only begins like JSON
  }
}

const isSaid = (value: unknown) => value !== undefined && value !== null && value !== '';
const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const shortly = (fields: Seen['fields']) => fields.map(([name, value]) => `${name}=${value}`).join(' ');

/** Milliseconds, seconds or a date in words; null: it says no time. */
function instantOf(value: unknown): number | null {
  const at = typeof value === 'number' ? (value < 1e11 ? value * 1_000 : value) : Date.parse(String(value));
  return Number.isFinite(at) ? at : null;
}

const timeInRecord = /"(?:@?timestamp|time|ts)"\s*:\s*(?:"([^"]+)"|(\d+(?:\.\d+)?))/;
const timeAtFirst = /^\W?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)/;

/** When a line says it was printed, without taking it apart; null: it does not say. */
export function timeIn(text: string): number | null {
  const [, words, number] = (text.startsWith('{') ? timeInRecord : timeAtFirst).exec(text) ?? [];
  return number === undefined ? (words === undefined ? null : instantOf(words)) : instantOf(Number(number));
}

const words: Readonly<Record<string, Level>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  err: 'error',
  fatal: 'error',
  critical: 'error',
  panic: 'error',
};

/** By word, or by number as pino and bunyan count: 20 debug, 30 info, 40 warning, 50 error. */
function levelOf(value: unknown): Level | null {
  if (typeof value === 'number')
    return value >= 50 ? 'error' : value >= 40 ? 'warning' : value >= 30 ? 'info' : 'debug';
  return typeof value === 'string' ? (words[value.toLowerCase()] ?? null) : null;
}

/** Plain text says what it is only by how it begins. */
function levelOfText(text: string): Level | null {
  if (/^\s*(?:uncaught|fatal|panic|(?:\w+)?error\b)/i.test(text)) return 'error';
  return /^\s*(?:\(node:\d+\) )?\w*warning\b/i.test(text) ? 'warning' : null;
}

/** Without the colours of a terminal and other signs that are not text. */
const plain = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- those are what is taken out
  text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ');

const ranks: Readonly<Record<Level, number>> = { debug: 0, info: 1, warning: 2, error: 3 };

export interface Wanted {
  /** The least level; null: every line, also those that say none. */
  readonly level: Level | null;
  /** Only lines with this text, in any case; empty: all. */
  readonly text: string;
}

/** A test of lines that looks at their text and takes none of them apart: it is asked thousands of times a second. */
export function testOf({ level, text }: Wanted): (entry: Entry) => boolean {
  const pattern = text === '' ? null : new RegExp(escaped(text), 'i');
  const least = level === null ? -1 : ranks[level];
  return (entry) => {
    if (entry.isGap) return true;
    if (least > 0 && rankOf(entry.text) < least) return false;
    return pattern === null || pattern.test(entry.text);
  };
}

/** A text as it stands, for a regular expression. */
export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const levelIn = /"(?:level|severity|lvl)"\s*:\s*(?:"(\w+)"|(\d+))/;

/** Plain text that does not say counts as `info`. */
function rankOf(text: string): number {
  const [, word, number] = levelIn.exec(text) ?? [];
  const level = text.startsWith('{') ? levelOf(word ?? Number(number)) : levelOfText(plain(text));
  return ranks[level ?? 'info'];
}
