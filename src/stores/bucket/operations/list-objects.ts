import { ok } from '#kernel';
import { type Answer, refuse } from '../protocol/refusal.ts';
import { percentEncode } from '../protocol/target.ts';
import { element, type Markup, optional, xmlDocument } from '../protocol/xml-write.ts';
import { findBucket } from '../storage/buckets.ts';
import { type ListedVersion, latestObjects } from '../storage/listing.ts';
import {
  type Entry,
  fromToken,
  type Position,
  positionAfter,
  positionAfterMarker,
  readPage,
  START,
  toToken,
} from '../storage/paging.ts';
import { OWNER } from './buckets.ts';
import { type Call, isoTime, numberParameter, quoted, type Reply, replyXml } from './call.ts';

/** ListObjectsV2. */
export function listObjectsV2(call: Call): Answer<Reply> {
  const { query } = call;
  if (query.get('list-type') !== '2') return refuse('InvalidArgument', 'list-type is 2.');
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const from = token === undefined ? positionAfterOptional(startAfter) : fromToken(token);
  if (from === null) return refuse('InvalidArgument', 'The continuation token is none of ours.');
  const listed = list(call, from);
  if (!listed.ok) return listed;
  const { next, entries, frame, encode } = listed.value;
  const owner = query.get('fetch-owner') === 'true';
  return replyXml(
    xmlDocument(
      'ListBucketResult',
      ...frame,
      element('KeyCount', entries.length),
      optional('ContinuationToken', token),
      optional('NextContinuationToken', next === null ? null : toToken(next)),
      optional('StartAfter', startAfter === undefined ? null : encode(startAfter)),
      ...entries.map((entry) => entryElement(entry, encode, owner)),
    ),
  );
}

/** ListObjects, the older form: it goes on at a marker that is a key or a common prefix. */
export function listObjectsV1(call: Call): Answer<Reply> {
  const { query } = call;
  const marker = query.get('marker') ?? '';
  const from =
    marker === ''
      ? START
      : positionAfterMarker(marker, query.get('prefix') ?? '', query.get('delimiter') ?? '');
  const listed = list(call, from);
  if (!listed.ok) return listed;
  const { next, entries, frame, encode } = listed.value;
  const last = entries.at(-1);
  return replyXml(
    xmlDocument(
      'ListBucketResult',
      ...frame,
      element('Marker', encode(marker)),
      optional('NextMarker', next === null || last === undefined ? null : encode(nameOf(last))),
      ...entries.map((entry) => entryElement(entry, encode, true)),
    ),
  );
}

/** How names are written: as they are, or percent-encoded for clients that asked so. Failure: `InvalidArgument`. */
export function nameEncoding(call: Call): Answer<(name: string) => string> {
  const type = call.query.get('encoding-type');
  if (type === undefined) return ok((name) => name);
  if (type !== 'url') return refuse('InvalidArgument', 'encoding-type is url.');
  return ok((name) => name.split('/').map(percentEncode).join('/'));
}

export const ENTRIES_MAX = 1000;

function list(call: Call, from: Position) {
  const bucket = findBucket(call.store.database, call.bucket);
  if (!bucket.ok) return bucket;
  const limit = numberParameter(call, 'max-keys', ENTRIES_MAX);
  if (!limit.ok) return limit;
  const encoding = nameEncoding(call);
  if (!encoding.ok) return encoding;
  const encode = encoding.value;
  const [prefix, delimiter] = [call.query.get('prefix') ?? '', call.query.get('delimiter') ?? ''];
  const rows = latestObjects(call.store.database, call.bucket);
  const { entries, next } = readPage({ prefix, delimiter, from, limit: limit.value }, rows);
  const frame = [
    element('Name', call.bucket),
    element('Prefix', encode(prefix)),
    delimiter === '' ? null : element('Delimiter', encode(delimiter)),
    element('MaxKeys', limit.value),
    optional('EncodingType', call.query.get('encoding-type')),
    element('IsTruncated', next !== null),
  ];
  return ok({ entries, next, frame, encode });
}

function positionAfterOptional(key: string | undefined): Position {
  return key === undefined || key === '' ? START : positionAfter(key);
}

const nameOf = (entry: Entry<ListedVersion>) => (entry.kind === 'row' ? entry.row.key : entry.prefix);

function entryElement(entry: Entry<ListedVersion>, encode: (name: string) => string, owner: boolean): Markup {
  if (entry.kind === 'group') return element('CommonPrefixes', element('Prefix', encode(entry.prefix)));
  const { key, modifiedAt, etag, size, checksum } = entry.row;
  return element(
    'Contents',
    element('Key', encode(key)),
    element('LastModified', isoTime(modifiedAt)),
    element('ETag', quoted(etag)),
    optional('ChecksumAlgorithm', checksum?.algorithm),
    optional('ChecksumType', checksum?.type),
    element('Size', size),
    element('StorageClass', 'STANDARD'),
    owner ? OWNER : null,
  );
}
