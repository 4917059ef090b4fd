import type { IncomingMessage } from 'node:http';
import type { AddressList } from '#edge';
import { type Choice, chooseArm, type Wish } from './choose.ts';
import { addRouterHeaders, type RequestHead, readHead, targetOf } from './headers.ts';
import { isHost } from './protocol/faults.ts';
import { addWay } from './protocol/way.ts';
import type { LiveRoute } from './routes.ts';
import type { Site } from './site.ts';

/** A site that believes some of its neighbours what they say of the way a request came. */
export interface TrustingSite extends Site {
  /** Null or absent: nobody is believed. */
  readonly trusted?: AddressList | null;
}

/** A request that may be passed on, and where to. */
export interface Entry {
  readonly head: RequestHead;
  readonly route: LiveRoute;
  readonly choice: Choice;
  readonly path: string;
  readonly requestId: string;
}

export interface Refusal {
  readonly status: number;
  readonly sentence: string;
  readonly requestId: string;
}

/** Reads a request and chooses its arm, or says why it is refused. The same for requests and WebSockets. */
export function enter(site: TrustingSite, request: IncomingMessage): Entry | Refusal {
  const head = readHead(request);
  const { identifiers, random } = site.world;
  const requestId = identifiers.requestId(head.requestId);
  const refuse = (status: number, sentence: string): Refusal => ({ status, sentence, requestId });
  const { route } = site;
  if (route === null) return refuse(503, 'no service is routed on this port any more');
  if (head.fault !== null) return refuse(...head.fault);
  const target = targetOf(request.url ?? '/');
  if (target === null || (target.host !== null && !isHost(target.host)))
    return refuse(400, 'the request target is neither a path nor an http address');
  const wish = site.isPreview ? 'canary' : wishOf(head.arm);
  if (wish === undefined) return refuse(400, 'x-fairway-arm is either stable or canary');
  if (site.isPreview && route.canary === null)
    return refuse(404, `the service ${route.service} has no revision to preview now`);
  const choice = chooseArm(route, wish, head.cookies, random);
  if (choice === null) return refuse(503, `the service ${route.service} has no ${wish ?? ''} arm now`);
  if (site.isPreview) nameTheCanary(head.onward);
  const host = target.host ?? head.host;
  const address = addressOf(request);
  const isTrusted = site.trusted != null && site.trusted(address);
  const isEncrypted = 'encrypted' in request.socket;
  addRouterHeaders(head.onward, {
    host,
    requestId,
    traceParent: identifiers.traceParent(head.traceParent),
    traceState: head.traceState,
  });
  addWay(head.onward, { address, isEncrypted, host }, isTrusted ? head.claims : null);
  return { head, route, choice, path: target.path, requestId };
}

/** An IPv6 socket shows IPv4 neighbours as mapped addresses. */
function addressOf({ socket }: IncomingMessage): string {
  const address = socket.remoteAddress ?? '127.0.0.1';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Services that pass the header on let a preview go through the canaries of what they need as well. */
function nameTheCanary(headers: string[]): void {
  for (let at = headers.length - 2; at >= 0; at -= 2)
    if (headers[at]?.toLowerCase() === 'x-fairway-arm') headers.splice(at, 2);
  headers.push('x-fairway-arm', 'canary');
}

function wishOf(text: string | null): Wish | undefined {
  if (text === null || text === 'stable' || text === 'canary') return text;
  return undefined;
}
