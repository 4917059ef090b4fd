import { isIP } from 'node:net';
import type { Claims } from '../headers.ts';
import { isHost } from './faults.ts';

/** How a request came to the router, as the router itself sees it. */
export interface Arrival {
  /** Of the neighbour: the caller itself, or a proxy before us. */
  readonly address: string;
  readonly isEncrypted: boolean;
  /** The host that the request names. */
  readonly host: string | null;
}

/**
 * Tells the service by which way a request came: `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` (as Traefik and Envoy
 * write them) and `Forwarded` (RFC 7239). A trusted neighbour's claims are kept and continued; null: nothing is claimed by
 * anybody who is trusted.
 */
export function addWay(
  headers: string[],
  { address, isEncrypted, host }: Arrival,
  claims: Claims | null,
): void {
  const own = isEncrypted ? 'https' : 'http';
  const proto = claims?.proto != null && isProto.test(claims.proto) ? claims.proto.toLowerCase() : own;
  const named = claims?.host != null && isHost(claims.host) ? claims.host : host;
  const port = claims?.port != null && /^\d{1,5}$/.test(claims.port) ? claims.port : portOf(named, proto);
  const element = forwardedElement(address, proto, named);
  const hops = claims === null ? null : (claims.for ?? addressesIn(claims.forwarded));
  const elements = claims === null ? null : (claims.forwarded ?? elementsOf(claims.for));
  headers.push('x-forwarded-for', hops === null ? address : `${hops}, ${address}`);
  headers.push('x-forwarded-proto', proto, 'x-forwarded-port', port);
  if (named !== null) headers.push('x-forwarded-host', named);
  headers.push('forwarded', elements === null ? element : `${elements}, ${element}`);
}

const isProto = /^(https?|wss?)$/i;

function portOf(host: string | null, proto: string): string {
  const port = host === null ? undefined : /:(\d+)$/.exec(host)?.[1];
  return port ?? (proto === 'https' || proto === 'wss' ? '443' : '80');
}

function forwardedElement(address: string, proto: string, host: string | null): string {
  const named = host === null ? '' : `;host=${isToken.test(host) ? host : `"${host}"`}`;
  return `for=${node(address)}${named};proto=${proto}`;
}

const isToken = /^[\w!#$%&'*+.^`|~-]+$/;

/** RFC 7239, section 6: an IPv6 address stands in brackets and quotes. */
const node = (address: string) => (isIP(address) === 6 ? `"[${address}]"` : address);

/** A neighbour that speaks only one of the two languages is continued in both. Null: there is nothing to continue. */
function addressesIn(forwarded: string | null): string | null {
  if (forwarded === null) return null;
  const addresses = [...forwarded.matchAll(/(?:^|[;,\s])for="?\[?([\da-f.:]+?)\]?(?::\d+)?"?(?=[;,\s]|$)/gi)];
  return addresses.length === 0 ? null : addresses.map(([, address = '']) => address).join(', ');
}

function elementsOf(addresses: string | null): string | null {
  if (addresses === null) return null;
  const nodes = addresses.split(',').map((address) => address.trim());
  return nodes.map((address) => `for=${isIP(address) === 0 ? 'unknown' : node(address)}`).join(', ');
}
