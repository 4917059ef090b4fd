import { createHash } from 'node:crypto';
import { ok } from '#kernel';
import { type Algorithm, type Checksum, checksumHeaders, startChecksum } from '../protocol/checksum.ts';
import type { Received, Sink } from '../protocol/receive.ts';
import { type Answer, refuse, refuseFault } from '../protocol/refusal.ts';
import { parseCopySource } from '../protocol/target.ts';
import { element, xmlDocument } from '../protocol/xml-write.ts';
import type { Contents } from '../storage/contents.ts';
import { putPart, type Upload } from '../storage/uploads.ts';
import type { StoredObject } from '../storage/versions.ts';
import { type Call, isoTime, quoted, type Reply, reply, replyXml } from './call.ts';
import { partChecksumElements } from './checksum-elements.ts';
import { dropContent, type StoredContent, storeBody, storeContent } from './content.ts';
import { selectSource } from './copy-object.ts';
import { type ByteRange, parseRange } from './range.ts';
import { uploadOf } from './upload.ts';

/** UploadPart. The part gets the checksum of the upload even where the client sends none. */
export async function uploadPart(call: Call): Promise<Answer<Reply>> {
  const slot = partSlot(call);
  if (!slot.ok) return slot;
  const { upload } = slot.value;
  const stored = await storeBody(call.store.contents, call.incoming, upload.checksum?.algorithm ?? null);
  if (!stored.ok) return stored;
  const kept = await keepPart(call, slot.value, stored.value);
  if (!kept.ok) return kept;
  return reply(200, { etag: quoted(kept.value), ...checksumHeaders(stored.value.facts.checksum) });
}

/** UploadPartCopy: a part, or a range, of an object that is here already. */
export async function uploadPartCopy(call: Call): Promise<Answer<Reply>> {
  const slot = partSlot(call);
  if (!slot.ok) return slot;
  const source = parseCopySource(call.headers['x-amz-copy-source'] ?? '');
  if (!source.ok) return source;
  const selected = selectSource(call, source.value);
  if (!selected.ok) return selected;
  const range = copyRange(call.headers['x-amz-copy-source-range'], selected.value.object.size);
  if (!range.ok) return range;
  const { contents } = call.store;
  const release = contents.hold(selected.value.object.segments); // it may be deleted meanwhile
  const algorithm = slot.value.upload.checksum?.algorithm ?? null;
  const stored = await storeContent(contents, (sink) =>
    copyBytes(contents, selected.value.object, range.value, algorithm, sink),
  ).finally(release);
  if (!stored.ok) return stored;
  const kept = await keepPart(call, slot.value, stored.value);
  if (!kept.ok) return kept;
  return replyXml(
    xmlDocument(
      'CopyPartResult',
      element('LastModified', isoTime(call.now)),
      element('ETag', quoted(kept.value)),
      ...partChecksumElements(stored.value.facts.checksum),
    ),
  );
}

interface PartSlot {
  readonly upload: Upload;
  readonly number: number;
}

const PART_NUMBER_MAX = 10_000;

function partSlot(call: Call): Answer<PartSlot> {
  const number = call.query.get('partNumber') ?? '';
  if (!/^\d{1,5}$/.test(number) || Number(number) < 1 || Number(number) > PART_NUMBER_MAX) {
    return refuse('InvalidArgument', `A part number lies between 1 and ${PART_NUMBER_MAX}.`);
  }
  const upload = uploadOf(call);
  return upload.ok ? ok({ upload: upload.value, number: Number(number) }) : upload;
}

/** Makes stored content a part; its ETag. Nothing stays behind when the upload has ended meanwhile. */
async function keepPart(
  call: Call,
  { upload, number }: PartSlot,
  { segment, facts }: StoredContent<Received>,
): Promise<Answer<string>> {
  const etag = facts.md5.toString('hex');
  const checksum = partChecksum(facts.checksum, upload);
  const part = { number, etag, modifiedAt: call.now, checksum, segment };
  const kept = await call.store.change((change) => putPart(change, upload, part));
  if (kept.ok) return ok(etag);
  await dropContent(call.store.contents, segment, kept.error);
  return kept;
}

/** A checksum of another algorithm than the upload's has served its purpose with the transfer. */
function partChecksum(checksum: Checksum | null, upload: Upload) {
  if (checksum === null || (upload.checksum !== null && upload.checksum.algorithm !== checksum.algorithm))
    return null;
  return { algorithm: checksum.algorithm, value: checksum.value };
}

function copyRange(header: string | undefined, size: number): Answer<ByteRange> {
  if (header === undefined) return ok({ start: 0, end: size - 1 });
  const range = parseRange(header, size);
  const wellFormed = /^bytes=\d+-\d+$/.test(header) && typeof range === 'object';
  return wellFormed && header === `bytes=${range.start}-${range.end}`
    ? ok(range)
    : refuse('InvalidArgument', 'x-amz-copy-source-range is bytes=first-last within the source.');
}

async function copyBytes(
  contents: Contents,
  source: StoredObject,
  { start, end }: ByteRange,
  algorithm: Algorithm | null,
  sink: Sink,
): Promise<Answer<Received>> {
  const md5 = createHash('md5');
  const checksum = algorithm === null ? null : startChecksum(algorithm);
  try {
    for await (const piece of contents.read(source.segments, start, end)) {
      md5.update(piece);
      checksum?.update(piece);
      const written = await sink(piece);
      if (!written.ok) return written;
    }
  } catch (reason) {
    return refuseFault(reason);
  }
  return ok({
    size: end - start + 1,
    md5: md5.digest(),
    checksum:
      algorithm === null || checksum === null
        ? null
        : { algorithm, value: checksum.digest().toString('base64'), type: 'FULL_OBJECT' },
  });
}
