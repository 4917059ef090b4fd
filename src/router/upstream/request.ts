import type { Asking } from './connection.ts';
import { notInValues } from './parser.ts';

/**
 * A request as it is written. `fields`: names and values in turn, without those that frame the body but for
 * `content-length`. Null: it cannot be written without becoming another one. Fields come from Node's parser, which has let
 * nothing through that would end a line; the path is looked at again, since it is more than a parser's token.
 */
export function askingOf(
  method: string,
  path: string,
  fields: readonly string[],
  body: AsyncIterable<Buffer> | null,
): Asking | null {
  if (notInPaths.test(path)) return null;
  let head = `${method} ${path} HTTP/1.1\r\n`;
  let hasLength = false;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, value] = [fields[at] ?? '', fields[at + 1] ?? ''];
    if (name.length === 14 && name.toLowerCase() === 'content-length') hasLength = true;
    if (notInValues.test(value)) return null;
    head += `${name}: ${value}\r\n`;
  }
  const isChunked = body !== null && !hasLength;
  head += isChunked
    ? 'connection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n'
    : 'connection: keep-alive\r\n\r\n';
  return { head, isHead: method === 'HEAD', body, isChunked };
}

const notInPaths = /[^\x21-\x7e\x80-\xff]/;
