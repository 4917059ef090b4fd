import { ok } from '#kernel';
import { type Answer, refuse } from '../protocol/refusal.ts';
import type { Headers } from '../protocol/signature.ts';
import { parseTaggingHeader } from '../protocol/tags.ts';
import type { Description, WriteCondition } from '../storage/versions.ts';

/** The response headers that S3 keeps with an object. */
export const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const;

const METADATA = 'x-amz-meta-';
const METADATA_BYTES_MAX = 2048;

/** What the headers of a put say of the object. Failures: `MetadataTooLarge`, `InvalidTag`. */
export function describeObject(headers: Headers): Answer<Omit<Description, 'checksum'>> {
  const tags = parseTaggingHeader(headers['x-amz-tagging']);
  if (!tags.ok) return tags;
  const metadata = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(METADATA) && value !== undefined ? [[name.slice(METADATA.length), value]] : [],
    ),
  );
  const size = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > METADATA_BYTES_MAX) return refuse('MetadataTooLarge');
  return ok({ headers: keptHeaders(headers), metadata, tags: tags.value });
}

/** The headers that give an object's description back. */
export function descriptionHeaders({ headers, metadata, tags }: Description): Record<string, string> {
  return {
    'content-type': 'binary/octet-stream',
    ...headers,
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [METADATA + name, value])),
    ...(tags.length === 0 ? {} : { 'x-amz-tagging-count': String(tags.length) }),
  };
}

/** What must hold of the present object for this write. Failure: `NotImplemented`, as S3 for all but `*`. */
export function writeCondition(headers: Headers): Answer<WriteCondition> {
  const ifNoneMatch = headers['if-none-match'] ?? null;
  if (ifNoneMatch !== null && ifNoneMatch !== '*') {
    return refuse('NotImplemented', 'A write with If-None-Match takes * and no ETag.');
  }
  return ok({ ifMatch: headers['if-match'] ?? null, ifNoneMatch });
}

function keptHeaders(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = name === 'content-encoding' ? encodingOf(headers[name]) : headers[name];
    if (value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}

/** `aws-chunked` is how the body travelled, not how the object is encoded. */
function encodingOf(header: string | undefined): string | undefined {
  return header
    ?.split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== 'aws-chunked')
    .join(', ');
}
