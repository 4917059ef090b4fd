import { challengeIn, isExcepted, isForged, nameOf, secureAddress, userOf } from '#edge';
import type { Visit } from './request.ts';
import type { Rules } from './rules.ts';

/** What becomes of a request at the edge. */
export type Decision =
  | {
      readonly kind: 'pass';
      readonly service: string;
      /** For the answer, whoever gives it. */
      readonly headers: Fields;
      readonly isTester: boolean;
    }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly sentence: string;
      readonly headers: Fields;
      /** For the log and the counters. */
      readonly reason: string;
      /** The rule of a rate limit. */
      readonly rule?: string;
      /** Sent instead of the sentence. */
      readonly page?: string;
    };

export type Fields = readonly (readonly [name: string, value: string])[];
type Refusal = Extract<Decision, { readonly kind: 'answer' }>;

/** Lets a request in, or says why not: the cheapest questions first, so that a flood costs little. */
export function decide(rules: Rules, visit: Visit, now: number, isUpgrade: boolean): Decision {
  const { live, settings } = rules;
  const { address, target, host } = visit;
  if (target === null)
    return refuse(400, 'target', 'the request target is neither a path nor an http address');
  const challenge = visit.isSecure ? null : challengeIn(target);
  const answer = challenge === null ? undefined : live.challenges[challenge];
  if (answer !== undefined)
    return {
      ...refuse(200, 'challenge', answer),
      page: answer,
      headers: [['content-type', 'application/octet-stream']],
    };
  if (rules.denied?.(address) === true || rules.allowed?.(address) === false)
    return refuse(403, 'address', 'this address may not come in');
  const found = rules.match(host, target);
  if (found.service === null)
    return found.reason === 'host'
      ? refuse(421, 'host', 'this host is not served here')
      : refuse(404, 'path', 'there is nothing at this path');
  if (!visit.isSecure && rules.securePort !== null) return redirect(rules, visit, rules.securePort);
  const isTester = rules.testers?.(address) === true;
  if (live.maintenance.isOn && !isTester) return closedFor(rules);
  if (settings.csrf !== null && !isExcepted(settings.csrf.except, target)) {
    const method = isUpgrade ? 'UPGRADE' : visit.method;
    if (isForged({ method, host, header: visit.header }))
      return refuse(403, 'csrf', 'this request comes from another site');
  }
  const user = userOf(settings.user, { header: visit.header, cookie: (name) => cookieOf(visit, name) });
  const verdict = rules.limit({ address, path: target, service: found.service, user }, now);
  if (verdict !== null && !verdict.isAllowed)
    return {
      ...refuse(429, 'rate', 'too many requests; come again later'),
      headers: verdict.headers,
      rule: verdict.rule,
    };
  return { kind: 'pass', service: found.service, headers: verdict?.headers ?? [], isTester };
}

function redirect(rules: Rules, { host, target }: Visit, port: number): Refusal {
  const isServed = (name: string) =>
    rules.match(name, '/').service !== null || rules.match(name, target ?? '/').service !== null;
  const location = secureAddress(host, target ?? '/', port, isServed);
  if (location === null || nameOf(host) === '') return refuse(400, 'host', 'the request names no host');
  return { ...refuse(308, 'redirect', 'this is served over HTTPS'), headers: [['location', location]] };
}

function closedFor({ settings, live }: Rules): Refusal {
  const seconds = Math.max(1, Math.ceil(settings.maintenance.retryAfterMillis / 1_000));
  const { page } = live.maintenance;
  return {
    ...refuse(503, 'maintenance', 'this is being worked on; come again later'),
    headers: [
      ['retry-after', String(seconds)],
      ...(page === null ? [] : ([['content-type', 'text/html; charset=utf-8']] as const)),
    ],
    ...(page === null ? {} : { page }),
  };
}

function refuse(status: number, reason: string, sentence: string): Refusal {
  return { kind: 'answer', status, reason, sentence, headers: [] };
}

function cookieOf({ header }: Visit, name: string): string | null {
  for (const pair of (header('cookie') ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}
