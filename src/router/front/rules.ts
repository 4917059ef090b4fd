import {
  type AddressList,
  addressList,
  createBuckets,
  createLimiter,
  createMatcher,
  type EdgeSettings,
  type Limiter,
  type Matcher,
  securityHeaders,
} from '#edge';
import type { FrontOrder, LiveOrder } from './order.ts';

/** An order made ready for use. */
export interface Rules {
  readonly settings: EdgeSettings;
  readonly match: Matcher;
  readonly limit: Limiter;
  readonly allowed: AddressList | null;
  readonly denied: AddressList | null;
  readonly testers: AddressList | null;
  readonly trusted: AddressList | null;
  /** The port that callers over plain HTTP are sent to; null: they are served. */
  readonly securePort: number | null;
  readonly headers: { readonly secure: Fields; readonly plain: Fields };
  live: LiveOrder;
}

type Fields = readonly (readonly [name: string, value: string])[];

export function rulesOf({ settings, buckets, secret, live }: FrontOrder): Rules {
  const { allow, deny, trusted, maintenance, hosts, rateLimits, redirectToHttps, listen } = settings;
  const secure = listen.find(({ tls }) => tls !== null);
  return {
    settings,
    match: createMatcher(hosts),
    limit: createLimiter(rateLimits, createBuckets(buckets, secret)),
    allowed: addressList(allow),
    denied: addressList(deny),
    testers: addressList(maintenance.testers),
    trusted: addressList(trusted),
    securePort: redirectToHttps && secure !== undefined ? secure.port : null,
    headers: { secure: securityHeaders(settings, true), plain: securityHeaders(settings, false) },
    live,
  };
}
