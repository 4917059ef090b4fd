import { ok } from '#kernel';
import { type Answer, type Refusal, refuse } from '../protocol/refusal.ts';
import { childrenOf, type Element, textOf } from '../protocol/xml-read.ts';
import { element, type Markup, optional, xmlDocument } from '../protocol/xml-write.ts';
import { findBucket } from '../storage/buckets.ts';
import type { Change } from '../storage/store.ts';
import { type Deletion, deleteLatest, deleteVersion } from '../storage/versions.ts';
import { type Call, type Reply, readDocument, reply, replyXml } from './call.ts';

/** One object, or one version of it, to delete. */
interface Doomed {
  readonly key: string;
  readonly version: string | null;
  readonly ifMatch: string | null;
}

/** DeleteObject. What is not there counts as deleted. */
export async function deleteObject(call: Call): Promise<Answer<Reply>> {
  const doomed = {
    key: call.key,
    version: call.query.get('versionId') ?? null,
    ifMatch: call.headers['if-match'] ?? null,
  };
  const deleted = await call.store.change((change) => remove(change, call, doomed));
  if (!deleted.ok) return deleted;
  const { version, isMarker } = deleted.value;
  return reply(204, {
    ...(version === null ? {} : { 'x-amz-version-id': version }),
    ...(isMarker ? { 'x-amz-delete-marker': 'true' } : {}),
  });
}

const OBJECTS_MAX = 1000;

/** DeleteObjects: all that can be deleted is, in one transaction; the others are named with their reasons. */
export async function deleteObjects(call: Call): Promise<Answer<Reply>> {
  const bucket = findBucket(call.store.database, call.bucket);
  if (!bucket.ok) return bucket;
  const document = await readDocument(call.incoming);
  if (!document.ok) return document;
  const list = parseList(document.value);
  if (!list.ok) return list;
  const outcomes = await call.store.change((change) =>
    ok(list.value.map((doomed) => ({ doomed, outcome: remove(change, call, doomed) }))),
  );
  if (!outcomes.ok) return outcomes;
  const quiet = textOf(document.value, 'Quiet') === 'true';
  const members = outcomes.value.map(({ doomed, outcome }) => {
    if (!outcome.ok) return errorElement(doomed, outcome.error);
    return quiet ? null : deletedElement(doomed, outcome.value);
  });
  return replyXml(xmlDocument('DeleteResult', ...members));
}

function remove(change: Change, call: Call, { key, version, ifMatch }: Doomed): Answer<Deletion> {
  const bucket = findBucket(change.database, call.bucket);
  if (!bucket.ok) return bucket;
  if (version === null) return deleteLatest(change, bucket.value, key, call.now, ifMatch);
  if (ifMatch !== null) return refuse('NotImplemented', 'If-Match goes with the latest version only.');
  return ok(deleteVersion(change, bucket.value, key, version));
}

function parseList(root: Element): Answer<readonly Doomed[]> {
  const objects = childrenOf(root, 'Object');
  if (root.name !== 'Delete' || objects.length === 0 || objects.length > OBJECTS_MAX) {
    return refuse('MalformedXML', `A Delete document names 1 to ${OBJECTS_MAX} objects.`);
  }
  // Deleting more than the client meant is worse than refusing.
  const unknown = objects
    .flatMap(({ children }) => children)
    .find(({ name }) => !OBJECT_MEMBERS.includes(name));
  if (unknown !== undefined) return refuse('NotImplemented', `${unknown.name} is not understood here.`);
  const list = objects.map((object) => ({
    key: textOf(object, 'Key') ?? '',
    version: textOf(object, 'VersionId'),
    ifMatch: textOf(object, 'ETag'),
  }));
  return list.some(({ key }) => key === '') ? refuse('MalformedXML', 'Each Object has a Key.') : ok(list);
}

const OBJECT_MEMBERS: readonly string[] = ['Key', 'VersionId', 'ETag'];

function deletedElement({ key, version }: Doomed, deletion: Deletion): Markup {
  return element(
    'Deleted',
    element('Key', key),
    optional('VersionId', version),
    deletion.isMarker ? element('DeleteMarker', true) : null,
    deletion.isMarker ? optional('DeleteMarkerVersionId', deletion.version) : null,
  );
}

function errorElement({ key, version }: Doomed, { code, sentence }: Refusal): Markup {
  return element(
    'Error',
    element('Key', key),
    optional('VersionId', version),
    element('Code', code),
    element('Message', sentence),
  );
}
