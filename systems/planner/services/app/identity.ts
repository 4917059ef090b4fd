import { identify } from 'fairway-kit';
import { problem } from 'fairway-kit/hono';
import type { MiddlewareHandler } from 'hono';
import { verify } from 'hono/jwt';

/**
 * Who asks: the subject of a bearer token (JWT, HS256) that was signed with one of our keys, or nobody in particular. A token that is
 * wrong or too old is 401, so that nobody is counted as a stranger by mistake.
 */
export function known(keys: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const header = c.req.header('authorization');
    if (header === undefined) return next();
    const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(header) ?? [];
    const subject = token === undefined ? null : await subjectOf(token, keys);
    if (subject === null) {
      c.header('www-authenticate', 'Bearer');
      return problem(c, 401, 'token_wrong', 'The token is wrong or too old. Log in again, or leave it out.');
    }
    identify({ userId: subject });
    return next();
  };
}

async function subjectOf(token: string, keys: readonly string[]): Promise<string | null> {
  for (const key of keys) {
    const claims = await verify(token, key, 'HS256').catch(() => null); // another key, or too old
    const subject = claims?.['sub'];
    if (typeof subject === 'string' && subject !== '') return subject;
  }
  return null;
}
