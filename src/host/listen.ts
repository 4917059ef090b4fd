import { readFileSync } from 'node:fs';
import type { ServeOptions } from '#cli';
import { fail, ok, type Result } from '#kernel';

/** Certificate and key of a server, PEM. */
export interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** An address besides the one on loopback at which the command line finds the control plane. */
export interface Door {
  readonly host: string;
  readonly port: number;
  readonly tls: Tls | null;
}

export interface Listen {
  /** On loopback, without encryption; null: the one of the last time, or any. */
  readonly port: number | null;
  readonly door: Door | null;
  /** Where browsers find us, such as `https://deploy.example.com`; null: on loopback. */
  readonly publicUrl: string | null;
}

type Asked = Pick<ServeOptions, 'port' | 'listen' | 'publicUrl' | 'tlsCert' | 'tlsKey'>;

/** Nobody but this machine reaches it, and it is found under names that browsers take for safe. */
export const onLoopback: Listen = { port: null, door: null, publicUrl: null };

/**
 * Decides from `--port`, `--listen`, `--public-url` and the files for TLS. Loopback needs nothing else; who lets others in
 * says under which name, since only that one is answered to. Failures: `listen_address_invalid` (facts: address),
 * `listen_twice` (facts: port, address), `listen_needs_public_url` (facts: address), `public_url_invalid` (facts: url),
 * `tls_incomplete`, `tls_without_https` (facts: url), `tls_file_unreadable` (facts: file, reason).
 */
export function chooseListen(asked: Asked): Result<Listen> {
  const address = asked.listen === null ? null : parseAddress(asked.listen);
  if (address === undefined) return fail('listen_address_invalid', { address: asked.listen });
  const publicUrl = asked.publicUrl === null ? ok(null) : parsePublicUrl(asked.publicUrl);
  if (!publicUrl.ok) return publicUrl;
  if (address !== null && !isLoopback(address.host) && publicUrl.value === null)
    return fail('listen_needs_public_url', { address: asked.listen });
  const tls = readTls(asked, publicUrl.value);
  if (!tls.ok) return tls;
  const own = { port: asked.port, publicUrl: publicUrl.value };
  if (address === null) return ok({ ...own, door: null });
  // The address on loopback is the one that the command line uses: there is no need for two.
  const isOwn = ['127.0.0.1', 'localhost'].includes(address.host) && tls.value === null;
  if (!isOwn) return ok({ ...own, door: { ...address, tls: tls.value } });
  if (asked.port !== null && asked.port !== address.port)
    return fail('listen_twice', { port: asked.port, address: asked.listen });
  return ok({ ...own, port: address.port, door: null });
}

/** `127.0.0.1:4040`, `[::1]:4040`, `host:4040`; undefined for everything else. */
function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits = ''] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);

/** Scheme, name and port, and nothing behind them: the dashboard lies at the root. */
function parsePublicUrl(text: string): Result<string> {
  const url = URL.parse(text);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` && !text.includes('@');
  return isPlain ? ok(url.origin) : fail('public_url_invalid', { url: text.replace(/\/\/.*@/, '//') });
}

function readTls({ tlsCert, tlsKey, listen }: Asked, publicUrl: string | null): Result<Tls | null> {
  if (tlsCert === null && tlsKey === null) return ok(null);
  if (tlsCert === null || tlsKey === null || listen === null) return fail('tls_incomplete');
  if (publicUrl?.startsWith('https:') !== true) return fail('tls_without_https', { url: publicUrl ?? '' });
  const cert = readOf(tlsCert);
  if (!cert.ok) return cert;
  const key = readOf(tlsKey);
  return key.ok ? ok({ cert: cert.value, key: key.value }) : key;
}

function readOf(file: string): Result<Buffer> {
  try {
    return ok(readFileSync(file));
  } catch (reason) {
    return fail('tls_file_unreadable', { file, reason: reason instanceof Error ? reason.message : '' });
  }
}
