import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** The address of the caller as the nearest proxies of ours saw it. What callers write before that is not believed. */
export function addressOf(request: Pick<IncomingMessage, 'headers' | 'socket'>, proxies: number): string {
  const entries = forwarded(request.headers);
  const seen = proxies === 0 ? undefined : entries.at(-Math.min(proxies, entries.length));
  return (seen ?? request.socket.remoteAddress ?? 'unknown').slice(0, 64);
}

function forwarded(headers: IncomingHttpHeaders): string[] {
  const value = headers['x-forwarded-for'];
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
}
