import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { fail } from '#kernel';
import { refuse } from './refuse.ts';

/** Two keys: `control` may do everything, `view` may only look and is what the printed link carries. */
export interface Keys {
  readonly control: string;
  readonly view: string;
}

const cookie = 'fairway_view';

/**
 * Lets in who knows a key. The address must be a loopback name, so that a page elsewhere cannot reach us through a name
 * of its own (DNS rebinding); the view key comes as a cookie that the printed link sets.
 */
export function access(keys: Keys): MiddlewareHandler {
  return async (context, next) => {
    const host = (context.req.header('host') ?? '').replace(/:\d+$/, '');
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(host))
      return refuse(context, fail('host_not_allowed', { host }).error);
    const bearer = /^Bearer (.{1,200})$/.exec(context.req.header('authorization') ?? '')?.[1] ?? '';
    if (equal(bearer, keys.control)) return next();
    const looking = context.req.method === 'GET' || context.req.method === 'HEAD';
    if (looking && equal(context.req.query('key') ?? '', keys.view)) {
      setCookie(context, cookie, keys.view, { httpOnly: true, sameSite: 'Strict', path: '/' });
      return context.redirect(context.req.path);
    }
    if (looking && equal(getCookie(context, cookie) ?? '', keys.view)) return next();
    return refuse(context, fail('not_allowed', { path: context.req.path }).error);
  };
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function equal(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== '' && timingSafeEqual(digest(given), digest(wanted));
}
