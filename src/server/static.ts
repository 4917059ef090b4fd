import type { Context, MiddlewareHandler } from 'hono';
import { join } from 'node:path';
import { encodings } from './encodings.ts';
import { createFiles, type FileBody } from './static-files.ts';

/**
 * Serves the built dashboard: files below its folder, and its page for every other address that a browser opens, which the
 * page's own router understands. Everything of the API is left to others. `folder` null: it is not there.
 */
export function pages(folder: string | null): MiddlewareHandler {
  const files = createFiles();
  return async (context, next) => {
    const { method, path } = context.req;
    if (!['GET', 'HEAD'].includes(method) || /^\/v1(?:\/|$)/.test(path)) return next();
    const name = fileName(path);
    const file =
      folder === null || name === null ? null : await files.read(join(folder, name), encodings(context));
    if (file !== null && name !== null)
      return send(context, file, isHashed(name) ? forever : checkedEachTime);
    if (!wantsPage(context) || path.startsWith('/assets/')) return next();
    const page = folder === null ? null : await files.read(join(folder, 'index.html'), encodings(context));
    return page === null ? context.html(notBuilt, 503) : send(context, page, checkedEachTime);
  };
}

/** A path of plain names, none of which begins with a dot, that ends like a file; so nothing outside can be meant. */
function fileName(path: string): string | null {
  const isPlain = /^(?:\/[a-zA-Z0-9_-][a-zA-Z0-9._-]*){1,4}$/.test(path) && /\.[a-z0-9]{2,11}$/.test(path);
  return isPlain && path !== '/index.html' ? path.slice(1) : null;
}

/** Their names change with their content. */
const isHashed = (name: string) => name.startsWith('assets/');

const forever = 'public, max-age=31536000, immutable';
const checkedEachTime = 'no-cache';

function send(context: Context, { bytes, type, encoding, tag }: FileBody, cache: string): Response {
  const headers = { 'cache-control': cache, etag: tag, vary: 'accept-encoding' };
  if (isKnown(context.req.header('if-none-match') ?? '', tag)) return context.body(null, 304, headers);
  return context.body(bytes, 200, {
    ...headers,
    'content-type': type,
    ...(encoding === null ? {} : { 'content-encoding': encoding }),
  });
}

/** Proxies that pack an answer anew make its tag a weak one, and clients may name several. */
const isKnown = (asked: string, tag: string) =>
  asked.split(',').some((each) => each.trim().replace(/^W\//, '') === tag);

const wantsPage = (context: Context) => /text\/html|\*\/\*/.test(context.req.header('accept') ?? '');

const notBuilt = `<!doctype html>
<html lang="en">
<title>Fairway</title>
<h1>The dashboard is not built yet</h1>
<p>Run <code>npm run setup</code> in the folder of Fairway, then load this page again.</p>
<p>The command line and the API work without it.</p>
</html>
`;
