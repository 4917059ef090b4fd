/** What the log tells of one request. */
export interface Access {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly address: string;
  readonly protocol: string;
  readonly method: string;
  readonly host: string | null;
  /** The target as it was asked for, with its query. */
  readonly target: string;
  readonly status: number;
  /** Bytes of the body as they were sent. */
  readonly bytes: number;
  readonly millis: number;
  readonly service: string | null;
  readonly revision: string | null;
  readonly requestId: string | null;
  readonly trace: string | null;
  readonly referrer: string | null;
  readonly agent: string | null;
  /** Why the edge answered itself; null when a service did. */
  readonly reason: string | null;
}

/** Fields that callers write freely are cut to this. */
const longest = 500;

/**
 * One line of JSON, at most about 4 kB. What stands behind a `?` may be a token or a person's data: values are left out, names
 * stay, unless `query` says that they may be kept. Fragments of a referrer never are.
 */
export function accessLine(access: Access, { query }: { readonly query: boolean }): string {
  const { at, millis, target, referrer, trace, ...rest } = access;
  const fields = {
    time: new Date(at).toISOString(),
    ...Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
    ),
    target: cut(query ? target : withoutValues(target)),
    millis: Math.round(millis * 10) / 10,
    trace: trace?.split('-')[1] ?? null,
    referrer: referrer === null ? null : cut(query ? referrer : (referrer.split(/[?#]/, 1)[0] ?? '')),
  };
  return `${JSON.stringify(fields)}\n`;
}

/** `/a?token=x&page=2` as `/a?token=…&page=…`. */
function withoutValues(target: string): string {
  const mark = target.indexOf('?');
  if (mark === -1) return target;
  const names = target
    .slice(mark + 1)
    .split('&')
    // Without an equals sign the whole part may be the secret.
    .map((part) => (part.includes('=') ? `${part.slice(0, part.indexOf('='))}=…` : '…'));
  return `${target.slice(0, mark)}?${names.join('&')}`;
}

const cut = (text: string) => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
