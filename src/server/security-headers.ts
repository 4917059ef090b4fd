import type { MiddlewareHandler } from 'hono';

/** Nothing but what we serve ourselves; no inline code or style, no frames, no forms that are sent by the browser. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const always = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Headers of every answer, refusals too; `origin` is where browsers find us. Answers of the API are kept nowhere. */
export function securityHeaders(origin: string): MiddlewareHandler {
  const transport = origin.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {};
  return async (context, next) => {
    await next();
    const { headers } = context.res;
    for (const [name, value] of Object.entries({ ...always, ...transport })) headers.set(name, value);
    if (context.req.path.startsWith('/v1/') && !headers.has('cache-control'))
      headers.set('cache-control', 'no-store');
  };
}
