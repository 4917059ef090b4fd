/** How a body may be made shorter. */
export type Encoding = 'br' | 'zstd' | 'gzip';

/** Best first, where the caller likes them equally: zstd costs the least for what it saves on the fly. */
const preferred: readonly Encoding[] = ['zstd', 'br', 'gzip'];
/** Below this the frame of an encoding costs more than it saves. */
const smallest = 1_024;

const compressible =
  /^(?:text\/(?!event-stream)[\w.+-]+|application\/(?:javascript|json|xml|wasm|graphql|x-ndjson|manifest\+json|[\w.-]+\+(?:json|xml))|image\/(?:svg\+xml|bmp|x-icon)|font\/(?:ttf|otf))\s*(?:;|$)/i;

/** What of an answer decides whether its body is encoded. */
export interface Answer {
  readonly method: string;
  readonly status: number;
  readonly header: (name: string) => string | null;
}

/**
 * Whether an answer may be encoded at all: a compressible type, 1 kB or more or of unknown length, not yet encoded, not forbidden
 * by `no-transform`, and whole (a part of a file is a part of its own bytes). Streams of events are left alone.
 */
export function isCompressible({ status, header }: Answer): boolean {
  if (status < 200 || status === 204 || status === 205 || status === 206 || status === 304) return false;
  if ((header('content-encoding') ?? 'identity') !== 'identity' || header('content-range') !== null)
    return false;
  if (/(?:^|[\s,])no-transform(?:$|[\s,])/i.test(header('cache-control') ?? '')) return false;
  const length = header('content-length');
  return compressible.test(header('content-type') ?? '') && (length === null || Number(length) >= smallest);
}

/** The caller's choice by `accept-encoding` (RFC 9110, section 12.5.3); null: as it is. */
export function negotiate(accept: string | null): Encoding | null {
  if (accept === null) return null;
  const weights = new Map(accept.toLowerCase().split(',').map(weighed));
  const weightOf = (encoding: string) => weights.get(encoding) ?? weights.get('*') ?? 0;
  const liked = preferred.filter((encoding) => weightOf(encoding) > 0);
  const best = liked.toSorted((a, b) => weightOf(b) - weightOf(a))[0] ?? null;
  const identity = weights.get('identity') ?? 0;
  return best !== null && weightOf(best) >= identity ? best : null;
}

function weighed(part: string): [string, number] {
  const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
  const weight = parameters.find((text) => text.startsWith('q='))?.slice(2);
  const value =
    weight === undefined ? 1 : /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
  return [name === 'x-gzip' ? 'gzip' : name, value];
}

/** A field's list with a name added to it, unless it is there or `*` is. */
export function withName(list: string | null, name: string): string {
  const names = (list ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const has = names.some((text) => text === '*' || text.toLowerCase() === name);
  return (has ? names : [...names, name]).join(', ');
}

/** The same mark for a body that means the same without being the same bytes (RFC 9110, section 8.8.3). */
export const weakened = (tag: string): string => (tag.startsWith('W/') ? tag : `W/${tag}`);
