import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Context } from 'hono';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly tag: string;
  readonly type: string;
}

/**
 * The files of some folders, as they are; of two with the same name that of the later folder. All are read once, so that
 * nothing else of the disk can be asked for. Answers 304 to who has the file as it is; null when there is none of this path.
 */
export function pageFiles(
  folders: readonly string[],
  { cacheControl = 'no-cache' }: { readonly cacheControl?: string } = {},
): (c: Context, path: string) => Response | null {
  const files = new Map<string, PageFile>(folders.flatMap(filesOf));
  return (c, path) => {
    const file = files.get(path);
    if (file === undefined) return null;
    c.header('etag', file.tag);
    c.header('cache-control', cacheControl);
    if (c.req.header('if-none-match') === file.tag) return c.body(null, 304);
    return c.body(file.body, 200, { 'content-type': file.type });
  };
}

const filesOf = (folder: string): (readonly [string, PageFile])[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => {
      const body = new Uint8Array(readFileSync(join(folder, name)));
      const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      const type = types[extname(name)] ?? 'application/octet-stream';
      return [`/${name}`, { body, tag, type }] as const;
    });
