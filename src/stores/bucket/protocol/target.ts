import { ok } from '#kernel';
import { type Answer, refuse } from './refusal.ts';

/** Names and values of a query string, decoded, in the order sent. */
export type Query = readonly (readonly [name: string, value: string])[];

/** What a request is aimed at. Only path-style addresses are known: `/bucket/key`. */
export interface Target {
  /** Percent-encoded anew, byte by byte: the form that is signed. */
  readonly path: string;
  readonly query: Query;
  /** null: the server itself. */
  readonly bucket: string | null;
  /** null: the bucket itself. Any other text is an opaque name: `a//b` and `x/../y` mean just that. */
  readonly key: string | null;
}

/** Reads the target line of a request. Failure: `InvalidURI`. */
export function parseTarget(line: string): Answer<Target> {
  if (!line.startsWith('/')) return refuse('InvalidURI');
  const mark = line.indexOf('?');
  const rawPath = mark < 0 ? line : line.slice(0, mark);
  try {
    const segments = rawPath.split('/').map(decodeURIComponent);
    const [, bucket, ...rest] = segments;
    const key = rest.join('/');
    return ok({
      path: segments.map(percentEncode).join('/'),
      query: mark < 0 ? [] : parseQuery(line.slice(mark + 1)),
      bucket: bucket === '' || bucket === undefined ? null : bucket,
      key: key === '' ? null : key,
    });
  } catch {
    return refuse('InvalidURI'); // a stray % or bytes that are not UTF-8
  }
}

/** Where `x-amz-copy-source` points to: `bucket/key` or `/bucket/key?versionId=…`, percent-encoded. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly version: string | null;
}

export function parseCopySource(header: string): Answer<CopySource> {
  const target = parseTarget(header.startsWith('/') ? header : `/${header}`);
  if (!target.ok) return refuse('InvalidArgument', 'x-amz-copy-source is not well-formed percent encoding.');
  const { bucket, key, query } = target.value;
  if (bucket === null || key === null) {
    return refuse(
      'InvalidArgument',
      'x-amz-copy-source has the form bucket/key or bucket/key?versionId=version.',
    );
  }
  return ok({ bucket, key, version: query.find(([name]) => name === 'versionId')?.[1] ?? null });
}

/** Percent encoding as Signature V4 wants it: everything but the unreserved characters of RFC 3986. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function parseQuery(text: string): Query {
  return text
    .split('&')
    .filter((member) => member !== '')
    .map((member) => {
      const equals = member.indexOf('=');
      const name = equals < 0 ? member : member.slice(0, equals);
      return [decodeMember(name), equals < 0 ? '' : decodeMember(member.slice(equals + 1))] as const;
    });
}

const decodeMember = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
