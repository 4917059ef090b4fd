import { type Answer, refuse } from '../protocol/refusal.ts';
import { element, type Markup, optional, xmlDocument } from '../protocol/xml-write.ts';
import { findBucket } from '../storage/buckets.ts';
import { type ListedUpload, tieOfUpload, unfinishedUploads } from '../storage/listing.ts';
import {
  type Entry,
  markerToTie,
  type Position,
  positionAfterMarker,
  readPage,
  START,
  tieToMarker,
} from '../storage/paging.ts';
import { type Call, isoTime, numberParameter, type Reply, replyXml } from './call.ts';
import { ENTRIES_MAX, nameEncoding } from './list-objects.ts';

/** ListMultipartUploads: the unfinished ones by key, oldest first. */
export function listMultipartUploads(call: Call): Answer<Reply> {
  const { store, query } = call;
  const bucket = findBucket(store.database, call.bucket);
  if (!bucket.ok) return bucket;
  const limit = numberParameter(call, 'max-uploads', ENTRIES_MAX);
  if (!limit.ok) return limit;
  const encoding = nameEncoding(call);
  if (!encoding.ok) return encoding;
  const encode = encoding.value;
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const from = startOf(call, prefix, delimiter);
  if (from === null) return refuse('InvalidArgument', 'upload-id-marker names no upload.');
  const rows = unfinishedUploads(store.database, call.bucket);
  const { entries, next } = readPage({ prefix, delimiter, from, limit: limit.value }, rows);
  return replyXml(
    xmlDocument(
      'ListMultipartUploadsResult',
      element('Bucket', call.bucket),
      element('KeyMarker', encode(query.get('key-marker') ?? '')),
      element('UploadIdMarker', query.get('upload-id-marker') ?? ''),
      element('Prefix', encode(prefix)),
      delimiter === '' ? null : element('Delimiter', encode(delimiter)),
      element('MaxUploads', limit.value),
      optional('EncodingType', query.get('encoding-type')),
      element('IsTruncated', next !== null),
      ...(next === null ? [] : nextMarkers(entries.at(-1), encode)),
      ...entries.map((entry) => entryElement(entry, encode)),
    ),
  );
}

function startOf({ store, query }: Call, prefix: string, delimiter: string): Position | null {
  const key = query.get('key-marker') ?? '';
  const id = query.get('upload-id-marker') ?? '';
  if (key === '') return START; // S3 ignores the other marker then
  if (id === '') return positionAfterMarker(key, prefix, delimiter);
  const tie = markerToTie(id) ?? tieOfUpload(store.database, id);
  return tie === null ? null : { key: Buffer.from(key), tie };
}

function nextMarkers(
  last: Entry<ListedUpload> | undefined,
  encode: (name: string) => string,
): readonly Markup[] {
  if (last === undefined) return [];
  if (last.kind === 'group') return [element('NextKeyMarker', encode(last.prefix))];
  const { upload, tie } = last.row;
  return [element('NextKeyMarker', encode(upload.key)), element('NextUploadIdMarker', tieToMarker(tie))];
}

function entryElement(entry: Entry<ListedUpload>, encode: (name: string) => string): Markup {
  if (entry.kind === 'group') return element('CommonPrefixes', element('Prefix', encode(entry.prefix)));
  const { key, id, initiatedAt, checksum } = entry.row.upload;
  return element(
    'Upload',
    element('Key', encode(key)),
    element('UploadId', id),
    element('StorageClass', 'STANDARD'),
    element('Initiated', isoTime(initiatedAt)),
    optional('ChecksumAlgorithm', checksum?.algorithm),
    optional('ChecksumType', checksum?.type),
  );
}
