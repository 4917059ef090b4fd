import { createHash } from 'node:crypto';
import { ok } from '#kernel';
import { CHECKSUMS, type Checksum, combineChecksums } from '../protocol/checksum.ts';
import { type Answer, refuse } from '../protocol/refusal.ts';
import { childrenOf, type Element, textOf } from '../protocol/xml-read.ts';
import { element, xmlDocument } from '../protocol/xml-write.ts';
import { findBucket } from '../storage/buckets.ts';
import type { Change } from '../storage/store.ts';
import { type Part, partsOf, removeUpload, type Upload } from '../storage/uploads.ts';
import { putVersion } from '../storage/versions.ts';
import { type Call, quoted, type Reply, readDocument, replyXml } from './call.ts';
import { checksumElements, readChecksumElements } from './checksum-elements.ts';
import { writeCondition } from './description.ts';
import { uploadOf } from './upload.ts';
import { versionHeader } from './select.ts';

/** CompleteMultipartUpload: the object refers to the files of its parts, so nothing is copied. */
export async function completeMultipartUpload(call: Call): Promise<Answer<Reply>> {
  const condition = writeCondition(call.headers);
  if (!condition.ok) return condition;
  const named = await readNamedParts(call);
  if (!named.ok) return named;
  const completed = await call.store.change((change) => {
    const upload = uploadOf(call);
    if (!upload.ok) return upload;
    const bucket = findBucket(change.database, call.bucket);
    if (!bucket.ok) return bucket;
    const object = assemble(change, call, upload.value, named.value);
    if (!object.ok) return object;
    const version = putVersion(change, bucket.value, call.key, object.value, condition.value);
    if (!version.ok) return version;
    removeUpload(change, upload.value);
    return ok({ object: object.value, version: versionHeader(bucket.value, version.value) });
  });
  if (!completed.ok) return completed;
  const { object, version } = completed.value;
  const members = [
    element('Location', `/${call.bucket}/${call.key}`),
    element('Bucket', call.bucket),
    element('Key', call.key),
    element('ETag', quoted(object.etag)),
    ...checksumElements(object.description.checksum),
  ];
  return replyXml(xmlDocument('CompleteMultipartUploadResult', ...members), version);
}

/** A part as the client lists it. */
interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksums: ReturnType<typeof readChecksumElements>;
}

const PART_BYTES_MIN = 5 * 1024 * 1024;

async function readNamedParts(call: Call): Promise<Answer<readonly NamedPart[]>> {
  // The checksum headers of this request are about the object, not about the document it carries.
  const entries = Object.entries(call.headers).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  const document = await readDocument({ ...call.incoming, headers: Object.fromEntries(entries) });
  if (!document.ok) return document;
  const parts = childrenOf(document.value, 'Part').map(toNamedPart);
  const wellFormed = parts.length > 0 && parts.every(({ number }) => Number.isInteger(number));
  return wellFormed
    ? ok(parts)
    : refuse('MalformedXML', 'A CompleteMultipartUpload document lists its parts.');
}

const toNamedPart = (part: Element): NamedPart => ({
  number: Number(textOf(part, 'PartNumber') ?? 'none'),
  etag: (textOf(part, 'ETag') ?? '').replaceAll('"', ''),
  checksums: readChecksumElements(part),
});

function assemble({ database }: Change, call: Call, upload: Upload, named: readonly NamedPart[]) {
  const chosen = choose(partsOf(database, upload.id), named);
  if (!chosen.ok) return chosen;
  const parts = chosen.value;
  const size = parts.reduce((sum, { segment }) => sum + segment.size, 0);
  const expectedSize = call.headers['x-amz-mp-object-size'];
  if (expectedSize !== undefined && expectedSize !== String(size)) {
    return refuse('InvalidRequest', `The parts have ${size} bytes together, not ${expectedSize}.`);
  }
  const checksum = checksumOf(upload, parts);
  const announced = checksum === null ? undefined : call.headers[CHECKSUMS[checksum.algorithm].header];
  if (announced !== undefined && announced !== checksum?.value) return refuse('BadDigest');
  return ok({
    etag: etagOf(parts),
    size,
    modifiedAt: call.now,
    segments: parts.map(({ segment }) => segment),
    description: { ...upload.description, checksum },
  });
}

/** The uploaded parts that the client names, in its order. */
function choose(uploaded: readonly Part[], named: readonly NamedPart[]): Answer<readonly Part[]> {
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  const chosen: Part[] = [];
  for (const { number, etag, checksums } of named) {
    const part = byNumber.get(number);
    if (number <= (chosen.at(-1)?.number ?? 0)) return refuse('InvalidPartOrder');
    const differs = checksums.some(
      ({ algorithm, value }) => algorithm !== part?.checksum?.algorithm || value !== part.checksum.value,
    );
    if (part === undefined || part.etag !== etag || differs) return refuse('InvalidPart');
    chosen.push(part);
  }
  const tooSmall = chosen.slice(0, -1).some(({ segment }) => segment.size < PART_BYTES_MIN);
  return tooSmall ? refuse('EntityTooSmall') : ok(chosen);
}

/** As S3 does it: the MD5 of the MD5s, then the number of parts. */
function etagOf(parts: readonly Part[]): string {
  const digest = createHash('md5');
  for (const { etag } of parts) digest.update(Buffer.from(etag, 'hex'));
  return `${digest.digest('hex')}-${parts.length}`;
}

function checksumOf(upload: Upload, parts: readonly Part[]): Checksum | null {
  if (upload.checksum === null) return null;
  const values = parts.flatMap(({ checksum, segment }) =>
    checksum === null ? [] : [{ value: checksum.value, size: segment.size }],
  );
  const { algorithm, type } = upload.checksum;
  return values.length === parts.length ? combineChecksums(algorithm, type, values) : null;
}
