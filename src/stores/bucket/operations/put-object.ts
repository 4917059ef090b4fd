import { ok } from '#kernel';
import { type Algorithm, checksumHeaders, parseAlgorithm } from '../protocol/checksum.ts';
import type { Answer } from '../protocol/refusal.ts';
import type { Headers } from '../protocol/signature.ts';
import { findBucket } from '../storage/buckets.ts';
import { putVersion } from '../storage/versions.ts';
import { type Call, quoted, type Reply, reply } from './call.ts';
import { dropContent, storeBody } from './content.ts';
import { describeObject, writeCondition } from './description.ts';
import { versionHeader } from './select.ts';

/** PutObject: content to disk first, then the row that refers to it, then the answer. */
export async function putObject(call: Call): Promise<Answer<Reply>> {
  const { store, headers, key } = call;
  const bucket = findBucket(store.database, call.bucket);
  if (!bucket.ok) return bucket;
  const description = describeObject(headers);
  if (!description.ok) return description;
  const condition = writeCondition(headers);
  if (!condition.ok) return condition;
  const wanted = wantedChecksum(headers);
  if (!wanted.ok) return wanted;
  const stored = await storeBody(store.contents, call.incoming, wanted.value);
  if (!stored.ok) return stored;
  const { segment, facts } = stored.value;
  const etag = facts.md5.toString('hex');
  const object = {
    etag,
    size: facts.size,
    modifiedAt: call.now,
    description: { ...description.value, checksum: facts.checksum },
    segments: [segment],
  };
  const put = await store.change((change) => {
    const present = findBucket(change.database, call.bucket); // it may be gone or versioned since
    if (!present.ok) return present;
    const version = putVersion(change, present.value, key, object, condition.value);
    return version.ok ? ok(versionHeader(present.value, version.value)) : version;
  });
  if (!put.ok) {
    await dropContent(store.contents, segment, put.error);
    return put;
  }
  return reply(200, { etag: quoted(etag), ...put.value, ...checksumHeaders(facts.checksum) });
}

/** A checksum the client asks for without sending one. Failure: `InvalidRequest`. */
export function wantedChecksum(headers: Headers): Answer<Algorithm | null> {
  const name = headers['x-amz-sdk-checksum-algorithm'] ?? headers['x-amz-checksum-algorithm'];
  return name === undefined ? ok(null) : parseAlgorithm(name);
}
