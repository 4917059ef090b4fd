import { ok } from '#kernel';
import { type Answer, refuse } from '../protocol/refusal.ts';
import { type CopySource, parseCopySource } from '../protocol/target.ts';
import { element, xmlDocument } from '../protocol/xml-write.ts';
import { checksumElements } from './checksum-elements.ts';
import { findBucket } from '../storage/buckets.ts';
import { type Description, putVersion } from '../storage/versions.ts';
import { type Call, isoTime, quoted, type Reply, replyXml } from './call.ts';
import { judgeRead } from './conditions.ts';
import { describeObject, writeCondition } from './description.ts';
import { wantedChecksum } from './put-object.ts';
import { type Selected, selectObject, versionHeader } from './select.ts';

/**
 * CopyObject. The copy refers to the same content files, which are never changed, so it takes no time and no room.
 */
export async function copyObject(call: Call): Promise<Answer<Reply>> {
  const { store, headers } = call;
  const source = parseCopySource(headers['x-amz-copy-source'] ?? '');
  if (!source.ok) return source;
  const condition = writeCondition(headers);
  if (!condition.ok) return condition;
  const copied = await store.change((change) => {
    const { database } = change;
    const bucket = findBucket(database, call.bucket);
    if (!bucket.ok) return bucket;
    const selected = selectSource(call, source.value);
    if (!selected.ok) return selected;
    const { object } = selected.value;
    const description = describeCopy(call, source.value, object.description);
    if (!description.ok) return description;
    const { etag, size, segments } = object;
    const copy = { etag, size, segments, modifiedAt: call.now, description: description.value };
    const put = putVersion(change, bucket.value, call.key, copy, condition.value);
    return put.ok ? ok({ copy, bucket: bucket.value, version: put.value, from: selected.value }) : put;
  });
  if (!copied.ok) return copied;
  const { copy, bucket, version, from } = copied.value;
  const result = xmlDocument(
    'CopyObjectResult',
    element('LastModified', isoTime(call.now)),
    element('ETag', quoted(copy.etag)),
    ...checksumElements(copy.description.checksum),
  );
  const fromVersion =
    from.bucket.versioning === 'Off' ? {} : { 'x-amz-copy-source-version-id': from.object.version };
  return replyXml(result, { ...versionHeader(bucket, version), ...fromVersion });
}

/** The object to copy from, when the conditions on it hold. */
export function selectSource({ store, headers }: Call, source: CopySource): Answer<Selected> {
  const selected = selectObject(store.database, source.bucket, source.key, source.version);
  if (!selected.ok) return selected;
  const proceeds = judgeRead(headers, selected.value.object, 'x-amz-copy-source-') === 'proceed';
  return proceeds ? selected : refuse('PreconditionFailed');
}

function describeCopy(call: Call, source: CopySource, original: Description): Answer<Description> {
  const { headers } = call;
  const metadata = directive(headers['x-amz-metadata-directive']);
  const tagging = directive(headers['x-amz-tagging-directive']);
  if (metadata === null || tagging === null) {
    return refuse('InvalidArgument', 'A directive of a copy is COPY or REPLACE.');
  }
  const wanted = wantedChecksum(headers);
  if (!wanted.ok) return wanted;
  if (wanted.value !== null && wanted.value !== original.checksum?.algorithm) {
    return refuse(
      'NotImplemented',
      'A copy keeps the checksum of its source; another algorithm is not worked out.',
    );
  }
  const toItself = source.bucket === call.bucket && source.key === call.key && source.version === null;
  if (toItself && metadata === 'COPY' && tagging === 'COPY') {
    return refuse('InvalidRequest', 'A copy of an object to itself changes its metadata or its tags.');
  }
  const replaced = describeObject(headers);
  if (!replaced.ok) return replaced;
  const { tags, ...described } = replaced.value;
  return ok({
    ...original,
    ...(metadata === 'REPLACE' ? described : {}),
    ...(tagging === 'REPLACE' ? { tags } : {}),
  });
}

function directive(header: string | undefined): 'COPY' | 'REPLACE' | null {
  if (header === undefined || header === 'COPY') return 'COPY';
  return header === 'REPLACE' ? header : null;
}
