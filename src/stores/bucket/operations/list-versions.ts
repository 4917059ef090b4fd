import { type Answer, refuse } from '../protocol/refusal.ts';
import { element, type Markup, optional, xmlDocument } from '../protocol/xml-write.ts';
import { findBucket } from '../storage/buckets.ts';
import { allVersions, type ListedVersion, tieOfVersion } from '../storage/listing.ts';
import {
  type Entry,
  markerToTie,
  type Position,
  positionAfterMarker,
  readPage,
  START,
  tieToMarker,
} from '../storage/paging.ts';
import { OWNER } from './buckets.ts';
import { type Call, isoTime, numberParameter, quoted, type Reply, replyXml } from './call.ts';
import { ENTRIES_MAX, nameEncoding } from './list-objects.ts';

/** ListObjectVersions: versions and delete markers by key, newest first. */
export function listObjectVersions(call: Call): Answer<Reply> {
  const { store, query } = call;
  const bucket = findBucket(store.database, call.bucket);
  if (!bucket.ok) return bucket;
  const limit = numberParameter(call, 'max-keys', ENTRIES_MAX);
  if (!limit.ok) return limit;
  const encoding = nameEncoding(call);
  if (!encoding.ok) return encoding;
  const encode = encoding.value;
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const from = startOf(call, prefix, delimiter);
  if (from === null) return refuse('InvalidArgument', 'version-id-marker names no version of key-marker.');
  const rows = allVersions(store.database, call.bucket);
  const { entries, next } = readPage({ prefix, delimiter, from, limit: limit.value }, rows);
  return replyXml(
    xmlDocument(
      'ListVersionsResult',
      element('Name', call.bucket),
      element('Prefix', encode(prefix)),
      element('KeyMarker', encode(query.get('key-marker') ?? '')),
      element('VersionIdMarker', query.get('version-id-marker') ?? ''),
      delimiter === '' ? null : element('Delimiter', encode(delimiter)),
      element('MaxKeys', limit.value),
      optional('EncodingType', query.get('encoding-type')),
      element('IsTruncated', next !== null),
      ...(next === null ? [] : nextMarkers(entries.at(-1), encode)),
      ...entries.map((entry) => entryElement(entry, encode)),
    ),
  );
}

function startOf({ store, bucket, query }: Call, prefix: string, delimiter: string): Position | null {
  const key = query.get('key-marker') ?? '';
  const version = query.get('version-id-marker') ?? '';
  if (key === '') return version === '' ? START : null;
  if (version === '') return positionAfterMarker(key, prefix, delimiter);
  const tie = markerToTie(version) ?? tieOfVersion(store.database, bucket, key, version);
  return tie === null ? null : { key: Buffer.from(key), tie };
}

function nextMarkers(
  last: Entry<ListedVersion> | undefined,
  encode: (name: string) => string,
): readonly Markup[] {
  if (last === undefined) return [];
  if (last.kind === 'group') return [element('NextKeyMarker', encode(last.prefix))];
  return [
    element('NextKeyMarker', encode(last.row.key)),
    element('NextVersionIdMarker', tieToMarker(last.row.tie)),
  ];
}

function entryElement(entry: Entry<ListedVersion>, encode: (name: string) => string): Markup {
  if (entry.kind === 'group') return element('CommonPrefixes', element('Prefix', encode(entry.prefix)));
  const { key, version, isLatest, isMarker, modifiedAt, etag, size } = entry.row;
  const common = [
    element('Key', encode(key)),
    element('VersionId', version),
    element('IsLatest', isLatest),
    element('LastModified', isoTime(modifiedAt)),
    OWNER,
  ];
  if (isMarker) return element('DeleteMarker', ...common);
  return element(
    'Version',
    ...common,
    element('ETag', quoted(etag)),
    element('Size', size),
    element('StorageClass', 'STANDARD'),
  );
}
