import { createHash } from 'node:crypto';
import { callerOf } from './address.ts';
import type { BucketStore, Filling, Taken } from './buckets.ts';
import { begins, pathOf } from './match.ts';
import type { EdgeSettings, RateLimit, UserSource } from './settings.ts';

/** What of a request decides how it is counted. */
export interface Asking {
  readonly address: string;
  readonly path: string;
  /** The service it is for. */
  readonly service: string;
  /** From `userOf`. */
  readonly user: string | null;
}

export interface Verdict {
  readonly isAllowed: boolean;
  /** The rule that refuses, or the one that is closest to. */
  readonly rule: string;
  /** `ratelimit-policy` and `ratelimit`, and `retry-after` for one that is refused. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export type Limiter = (asking: Asking, now: number) => Verdict | null;

/**
 * Counts a request against every rule that concerns it; null when none does. The fields of the answer follow
 * draft-ietf-httpapi-ratelimit-headers-10: `"per-ip";q=60;w=60` and `"per-ip";r=12;t=48`. `retry-after` is in whole
 * seconds, rounded up (RFC 9110, section 10.2.3).
 */
export function createLimiter(rules: EdgeSettings['rateLimits'], store: BucketStore): Limiter {
  const known = rules.map((rule) => ({ rule, filling: fillingOf(rule) }));
  return (asking, now) => {
    const path = pathOf(asking.path);
    let closest: { rule: RateLimit; taken: Taken } | null = null;
    for (const { rule, filling } of known) {
      if (rule.paths.length > 0 && !rule.paths.some((prefix) => begins(path, prefix))) continue;
      const taken = store.take(`${rule.name} ${counted(rule, asking)}`, filling, now);
      if (!taken.isAllowed) return verdictOf(rule, taken);
      if (closest === null || taken.left < closest.taken.left) closest = { rule, taken };
    }
    return closest === null ? null : verdictOf(closest.rule, closest.taken);
  };
}

function fillingOf({ burst, requests, everyMillis }: RateLimit): Filling {
  return { burst, perRequestMillis: everyMillis / requests };
}

/** Whose bucket it is: without a user, the caller's address. */
function counted({ per }: RateLimit, { address, service, user }: Asking): string {
  if (per === 'route') return service;
  return per === 'user' && user !== null ? `user ${user}` : `ip ${callerOf(address)}`;
}

function verdictOf({ name, requests, everyMillis }: RateLimit, taken: Taken): Verdict {
  const seconds = (millis: number) => Math.max(1, Math.ceil(millis / 1_000));
  const wait = taken.isAllowed ? taken.fullMillis : taken.waitMillis;
  const headers: [string, string][] = [
    ['ratelimit-policy', `"${name}";q=${requests};w=${seconds(everyMillis)}`],
    ['ratelimit', `"${name}";r=${taken.left};t=${seconds(wait)}`],
  ];
  if (!taken.isAllowed) headers.push(['retry-after', String(seconds(taken.waitMillis))]);
  return { isAllowed: taken.isAllowed, rule: name, headers };
}

/**
 * Who the user is, as a hash: names of users are kept nowhere. Null when the request does not say. The subject of a token is
 * read without its signature being checked: whoever forges subjects is still counted by address where there is such a rule.
 */
export function userOf(
  source: UserSource | null,
  read: {
    readonly header: (name: string) => string | null;
    readonly cookie: (name: string) => string | null;
  },
): string | null {
  if (source === null) return null;
  const said = source.from === 'token' ? subjectOf(read.header('authorization')) : valueOf(source, read);
  return said === null || said === ''
    ? null
    : createHash('sha256').update(said).digest('base64url').slice(0, 22);
}

const valueOf = (source: Exclude<UserSource, { from: 'token' }>, read: Parameters<typeof userOf>[1]) =>
  source.from === 'header' ? read.header(source.name) : read.cookie(source.name);

function subjectOf(authorization: string | null): string | null {
  const payload = /^Bearer [\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization ?? '')?.[1];
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const subject = typeof claims === 'object' && claims !== null && 'sub' in claims ? claims.sub : null;
    return typeof subject === 'string' || typeof subject === 'number' ? String(subject) : null;
  } catch {
    return null; // not JSON: no token of the kind
  }
}
