import { ok } from '#kernel';
import { CHECKSUMS } from '../protocol/checksum.ts';
import { type Answer, refuse } from '../protocol/refusal.ts';
import { element, optional, xmlDocument } from '../protocol/xml-write.ts';
import { findBucket } from '../storage/buckets.ts';
import { createUpload, findUpload, partsOf, removeUpload, type Upload } from '../storage/uploads.ts';
import { type Call, isoTime, numberParameter, quoted, type Reply, reply, replyXml } from './call.ts';
import { partChecksumElements } from './checksum-elements.ts';
import { describeObject } from './description.ts';
import { wantedChecksum } from './put-object.ts';

/** CreateMultipartUpload. */
export async function createMultipartUpload(call: Call): Promise<Answer<Reply>> {
  const { bucket, key, now, store } = call;
  const described = describeObject(call.headers);
  if (!described.ok) return described;
  const checksum = uploadChecksum(call);
  if (!checksum.ok) return checksum;
  const description = { ...described.value, checksum: null };
  const upload = { bucket, key, initiatedAt: now, description, checksum: checksum.value };
  const created = await store.change((change) => {
    const present = findBucket(change.database, bucket);
    return present.ok ? ok(createUpload(change, upload)) : present;
  });
  if (!created.ok) return created;
  return replyXml(
    xmlDocument(
      'InitiateMultipartUploadResult',
      element('Bucket', bucket),
      element('Key', key),
      element('UploadId', created.value),
    ),
    checksum.value === null
      ? {}
      : { 'x-amz-checksum-algorithm': checksum.value.algorithm, 'x-amz-checksum-type': checksum.value.type },
  );
}

/** AbortMultipartUpload. */
export async function abortMultipartUpload(call: Call): Promise<Answer<Reply>> {
  const aborted = await call.store.change((change) => {
    const upload = uploadOf(call);
    if (upload.ok) removeUpload(change, upload.value);
    return upload.ok ? ok(null) : upload;
  });
  return aborted.ok ? reply(204) : aborted;
}

/** ListParts. */
export function listParts(call: Call): Answer<Reply> {
  const upload = uploadOf(call);
  if (!upload.ok) return upload;
  const limit = numberParameter(call, 'max-parts', PARTS_LISTED_MAX);
  if (!limit.ok) return limit;
  const after = call.query.get('part-number-marker') ?? '0';
  if (!/^\d{1,5}$/.test(after)) return refuse('InvalidArgument', 'part-number-marker is a number of a part.');
  const found = partsOf(call.store.database, upload.value.id, Number(after), limit.value + 1);
  const parts = found.slice(0, limit.value);
  const truncated = found.length > parts.length && limit.value > 0;
  return replyXml(
    xmlDocument(
      'ListPartsResult',
      element('Bucket', call.bucket),
      element('Key', call.key),
      element('UploadId', upload.value.id),
      element('PartNumberMarker', after),
      optional('NextPartNumberMarker', truncated ? parts.at(-1)?.number : null),
      element('MaxParts', limit.value),
      element('IsTruncated', truncated),
      optional('ChecksumAlgorithm', upload.value.checksum?.algorithm),
      optional('ChecksumType', upload.value.checksum?.type),
      element('StorageClass', 'STANDARD'),
      ...parts.map((part) =>
        element(
          'Part',
          element('PartNumber', part.number),
          element('LastModified', isoTime(part.modifiedAt)),
          element('ETag', quoted(part.etag)),
          element('Size', part.segment.size),
          ...partChecksumElements(part.checksum),
        ),
      ),
    ),
  );
}

/** The upload a request names. Failures: `NoSuchBucket`, `NoSuchUpload`. */
export function uploadOf({ store, bucket, key, query }: Call): Answer<Upload> {
  const present = findBucket(store.database, bucket);
  return present.ok ? findUpload(store.database, bucket, key, query.get('uploadId') ?? '') : present;
}

const PARTS_LISTED_MAX = 1000;

/** Hashes of parts cannot be combined into one of the whole, and S3 has no composite CRC64NVME. */
function uploadChecksum({ headers }: Call): Answer<Upload['checksum']> {
  const wanted = wantedChecksum(headers);
  if (!wanted.ok) return wanted;
  const type = headers['x-amz-checksum-type']?.toUpperCase();
  const algorithm = wanted.value;
  if (algorithm === null) {
    return type === undefined
      ? ok(null)
      : refuse('InvalidRequest', 'A checksum type goes with an algorithm.');
  }
  const [canBeFull, canBeComposite] = [CHECKSUMS[algorithm].crc !== null, algorithm !== 'CRC64NVME'];
  switch (type) {
    case undefined:
      return ok({ algorithm, type: canBeComposite ? 'COMPOSITE' : 'FULL_OBJECT' });
    case 'FULL_OBJECT':
      return canBeFull
        ? ok({ algorithm, type })
        : refuse('InvalidRequest', `${algorithm} has no full-object form.`);
    case 'COMPOSITE':
      return canBeComposite
        ? ok({ algorithm, type })
        : refuse('InvalidRequest', `${algorithm} has no composite form.`);
    default:
      return refuse('InvalidRequest', 'x-amz-checksum-type is FULL_OBJECT or COMPOSITE.');
  }
}
