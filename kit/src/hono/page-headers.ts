import type { MiddlewareHandler } from 'hono';

export interface PageHeaders {
  /** Directives of the Content-Security-Policy that differ from the strict ones, such as { 'script-src': "'self' 'unsafe-inline'" }. */
  readonly csp?: Readonly<Record<string, string>>;
  /** Seconds that browsers shall use HTTPS alone; 0: not said. Sent over HTTPS only (x-forwarded-proto). */
  readonly hstsSeconds?: number;
  readonly referrerPolicy?: string;
  readonly permissionsPolicy?: string;
}

const strict: Readonly<Record<string, string>> = {
  'default-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'object-src': "'none'",
};

const twoYears = 63_072_000;

/** What browsers are told about pages: nothing from elsewhere, no frames, no guessing of types. One that an answer has already stays. */
export function pageHeaders(options: PageHeaders = {}): MiddlewareHandler {
  const { csp = {}, hstsSeconds = twoYears } = options;
  const directives = Object.entries({ ...strict, ...csp }).map(([name, value]) => `${name} ${value}`.trim());
  const always: Readonly<Record<string, string>> = {
    'content-security-policy': directives.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': options.referrerPolicy ?? 'strict-origin-when-cross-origin',
    'permissions-policy': options.permissionsPolicy ?? 'camera=(), geolocation=(), microphone=(), payment=()',
    'cross-origin-opener-policy': 'same-origin',
  };
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    for (const [name, value] of Object.entries(always)) if (!headers.has(name)) c.header(name, value);
    const isSecure = c.req.header('x-forwarded-proto') === 'https' || c.req.url.startsWith('https:');
    if (isSecure && hstsSeconds > 0)
      c.header('strict-transport-security', `max-age=${hstsSeconds}; includeSubDomains`);
  };
}
