import { lifecycleDocument, parseLifecycle } from '../protocol/lifecycle.ts';
import { type Answer, refuse } from '../protocol/refusal.ts';
import { textOf } from '../protocol/xml-read.ts';
import { element, optional, xmlDocument } from '../protocol/xml-write.ts';
import {
  allBuckets,
  createBucket as insertBucket,
  deleteBucket as removeBucket,
  findBucket,
  setLifecycle,
  setVersioning,
} from '../storage/buckets.ts';
import {
  type Call,
  isoTime,
  type Reply,
  readDocument,
  readOptionalDocument,
  reply,
  replyXml,
} from './call.ts';

export function listBuckets({ store }: Call): Answer<Reply> {
  const members = allBuckets(store.database).map(({ name, createdAt }) =>
    element('Bucket', element('Name', name), element('CreationDate', isoTime(createdAt))),
  );
  return replyXml(xmlDocument('ListAllMyBucketsResult', OWNER, element('Buckets', ...members)));
}

/** There is one set of credentials, so there is one owner. */
export const OWNER = element('Owner', element('ID', 'owner'), element('DisplayName', 'owner'));

export async function createBucket(call: Call): Promise<Answer<Reply>> {
  if (!isBucketName(call.bucket)) return refuse('InvalidBucketName');
  const document = await readOptionalDocument(call.incoming);
  if (!document.ok) return document;
  const settings = document.value?.children ?? [];
  const unknown = settings.find(({ name }) => name !== 'LocationConstraint');
  if (unknown !== undefined) return refuse('NotImplemented', `${unknown.name} is not offered for buckets.`);
  const location = document.value === null ? null : textOf(document.value, 'LocationConstraint');
  if (location !== null && location !== call.region) return refuse('IllegalLocationConstraintException');
  const created = await call.store.change((change) => insertBucket(change, call.bucket, call.now));
  return created.ok ? reply(200, { location: `/${call.bucket}` }) : created;
}

export function headBucket({ store, bucket, region }: Call): Answer<Reply> {
  const found = findBucket(store.database, bucket);
  return found.ok ? reply(200, { 'x-amz-bucket-region': region }) : found;
}

export async function deleteBucket(call: Call): Promise<Answer<Reply>> {
  const deleted = await call.store.change((change) => removeBucket(change, call.bucket));
  return deleted.ok ? reply(204) : deleted;
}

export function getBucketLocation({ store, bucket, region }: Call): Answer<Reply> {
  const found = findBucket(store.database, bucket);
  // The oldest region of S3 is told by an empty element.
  return found.ok
    ? replyXml(xmlDocument('LocationConstraint', region === 'us-east-1' ? null : region))
    : found;
}

export function getBucketVersioning({ store, bucket }: Call): Answer<Reply> {
  const found = findBucket(store.database, bucket);
  if (!found.ok) return found;
  const { versioning } = found.value;
  return replyXml(
    xmlDocument('VersioningConfiguration', optional('Status', versioning === 'Off' ? null : versioning)),
  );
}

export async function putBucketVersioning(call: Call): Promise<Answer<Reply>> {
  const document = await readDocument(call.incoming);
  if (!document.ok) return document;
  const unknown = document.value.children.find(({ name }) => name !== 'Status');
  if (unknown !== undefined) return refuse('NotImplemented', `${unknown.name} is not offered for buckets.`);
  const status = textOf(document.value, 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') {
    return refuse('MalformedXML', 'The Status of versioning is Enabled or Suspended.');
  }
  const set = await call.store.change((change) => setVersioning(change, call.bucket, status));
  return set.ok ? reply(200) : set;
}

export function getBucketLifecycle({ store, bucket }: Call): Answer<Reply> {
  const found = findBucket(store.database, bucket);
  if (!found.ok) return found;
  const { lifecycle } = found.value;
  return lifecycle === null ? refuse('NoSuchLifecycleConfiguration') : replyXml(lifecycleDocument(lifecycle));
}

export async function putBucketLifecycle(call: Call): Promise<Answer<Reply>> {
  const document = await readDocument(call.incoming);
  if (!document.ok) return document;
  const rules = parseLifecycle(document.value);
  if (!rules.ok) return rules;
  const set = await call.store.change((change) => setLifecycle(change, call.bucket, rules.value));
  return set.ok ? reply(200) : set;
}

export async function deleteBucketLifecycle(call: Call): Promise<Answer<Reply>> {
  const set = await call.store.change((change) => setLifecycle(change, call.bucket, null));
  return set.ok ? reply(204) : set;
}

/** The rules of S3 for names, without those about names that S3 keeps for itself. */
function isBucketName(name: string): boolean {
  const looksLikeAddress = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !looksLikeAddress;
}
