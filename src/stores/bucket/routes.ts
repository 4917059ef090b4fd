import { ok } from '#kernel';
import * as bucket from './operations/buckets.ts';
import type { Call, Operation } from './operations/call.ts';
import { completeMultipartUpload } from './operations/complete-upload.ts';
import { copyObject } from './operations/copy-object.ts';
import { deleteObject, deleteObjects } from './operations/delete-object.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { listObjectsV1, listObjectsV2 } from './operations/list-objects.ts';
import { listMultipartUploads } from './operations/list-uploads.ts';
import { listObjectVersions } from './operations/list-versions.ts';
import { putObject } from './operations/put-object.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/tagging.ts';
import { abortMultipartUpload, createMultipartUpload, listParts } from './operations/upload.ts';
import { uploadPart, uploadPartCopy } from './operations/upload-part.ts';
import { type Answer, refuse } from './protocol/refusal.ts';
import type { Headers } from './protocol/signature.ts';
import type { Target } from './protocol/target.ts';

/**
 * Finds the operation a request asks for. Whatever this server does not know about a request, be it a query parameter or
 * a header of S3, is refused: a request that is half understood would be half obeyed. Failures: `NotImplemented`,
 * `MethodNotAllowed`, `KeyTooLongError`.
 */
export function findOperation(method: string, target: Target, headers: Headers): Answer<Operation> {
  const level = target.bucket === null ? 'server' : target.key === null ? 'bucket' : 'object';
  const parameters = target.query.map(([name]) => name).filter((name) => !isAboutTransport(name));
  const routes = ROUTES.filter((route) => route[0] === method && route[1] === level);
  const route =
    routes.find(([, , sub]) => sub !== '' && parameters.includes(sub)) ??
    routes.find(([, , sub]) => sub === '');
  const allowed = route === undefined ? [] : [route[2], ...route[3]];
  const unknownParameter = parameters.find((name) => !allowed.includes(name));
  if (unknownParameter !== undefined) {
    return refuse('NotImplemented', `The query parameter ${unknownParameter} is not understood here.`);
  }
  if (route === undefined) return refuse('MethodNotAllowed');
  if (target.key !== null && Buffer.byteLength(target.key) > KEY_BYTES_MAX) return refuse('KeyTooLongError');
  const unknownHeader = Object.keys(headers).find(
    (name) => name.startsWith('x-amz-') && !isKnown(name, headers),
  );
  return unknownHeader === undefined
    ? ok(route[4])
    : refuse('NotImplemented', `The header ${unknownHeader}, or its value, is not understood here.`);
}

type Level = 'server' | 'bucket' | 'object';
type Route = readonly [method: string, level: Level, sub: string, parameters: readonly string[], Operation];

const KEY_BYTES_MAX = 1024;

const LISTING = ['prefix', 'delimiter', 'encoding-type'];
const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const READING = ['versionId', ...OVERRIDES.map((name) => `response-${name}`)];

/** Of several routes, the one whose sub-resource is in the query; else the one without a sub-resource. */
const ROUTES: readonly Route[] = [
  ['GET', 'server', '', [], bucket.listBuckets],

  ['PUT', 'bucket', '', [], bucket.createBucket],
  ['HEAD', 'bucket', '', [], bucket.headBucket],
  ['DELETE', 'bucket', '', [], bucket.deleteBucket],
  ['GET', 'bucket', 'location', [], bucket.getBucketLocation],
  ['GET', 'bucket', 'versioning', [], bucket.getBucketVersioning],
  ['PUT', 'bucket', 'versioning', [], bucket.putBucketVersioning],
  ['GET', 'bucket', 'lifecycle', [], bucket.getBucketLifecycle],
  ['PUT', 'bucket', 'lifecycle', [], bucket.putBucketLifecycle],
  ['DELETE', 'bucket', 'lifecycle', [], bucket.deleteBucketLifecycle],
  ['POST', 'bucket', 'delete', [], deleteObjects],
  [
    'GET',
    'bucket',
    'list-type',
    [...LISTING, 'max-keys', 'continuation-token', 'start-after', 'fetch-owner'],
    listObjectsV2,
  ],
  [
    'GET',
    'bucket',
    'versions',
    [...LISTING, 'max-keys', 'key-marker', 'version-id-marker'],
    listObjectVersions,
  ],
  [
    'GET',
    'bucket',
    'uploads',
    [...LISTING, 'max-uploads', 'key-marker', 'upload-id-marker'],
    listMultipartUploads,
  ],
  ['GET', 'bucket', '', [...LISTING, 'max-keys', 'marker'], listObjectsV1],

  ['GET', 'object', 'tagging', ['versionId'], getObjectTagging],
  ['PUT', 'object', 'tagging', ['versionId'], putObjectTagging],
  ['DELETE', 'object', 'tagging', ['versionId'], deleteObjectTagging],
  ['POST', 'object', 'uploads', [], createMultipartUpload],
  ['PUT', 'object', 'uploadId', ['partNumber'], copying(uploadPartCopy, uploadPart)],
  ['GET', 'object', 'uploadId', ['max-parts', 'part-number-marker'], listParts],
  ['POST', 'object', 'uploadId', [], completeMultipartUpload],
  ['DELETE', 'object', 'uploadId', [], abortMultipartUpload],
  ['GET', 'object', '', READING, getObject],
  ['HEAD', 'object', '', READING, headObject],
  ['PUT', 'object', '', [], copying(copyObject, putObject)],
  ['DELETE', 'object', '', ['versionId'], deleteObject],
];

/** S3 tells a copy from an upload by a header. */
function copying(copy: Operation, upload: Operation): Operation {
  return (call: Call) => (call.headers['x-amz-copy-source'] === undefined ? upload(call) : copy(call));
}

/** Signing parameters and headers of a presigned address, and the name of the operation that SDKs append. */
const isAboutTransport = (parameter: string) => parameter === 'x-id' || /^x-amz-/i.test(parameter);

/** Headers that are understood, or that change nothing about what is done. */
const KNOWN_HEADERS: ReadonlySet<string> = new Set([
  'x-amz-checksum-algorithm',
  'x-amz-checksum-crc32',
  'x-amz-checksum-crc32c',
  'x-amz-checksum-crc64nvme',
  'x-amz-checksum-mode',
  'x-amz-checksum-sha1',
  'x-amz-checksum-sha256',
  'x-amz-checksum-type',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-copy-source-if-match',
  'x-amz-copy-source-if-modified-since',
  'x-amz-copy-source-if-none-match',
  'x-amz-copy-source-if-unmodified-since',
  'x-amz-copy-source-range',
  'x-amz-date',
  'x-amz-decoded-content-length',
  'x-amz-metadata-directive',
  'x-amz-mp-object-size',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-tagging',
  'x-amz-tagging-directive',
  'x-amz-trailer',
  'x-amz-user-agent',
]);

/** Headers that are accepted where they ask for what is the case anyway. */
const KNOWN_VALUES: Readonly<Record<string, readonly string[]>> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-storage-class': ['STANDARD'],
};

// Server-side encryption is not among them, with AWS's keys or with others: content lies on the disk as it was sent, and
// to accept the header would be to claim otherwise.
function isKnown(name: string, headers: Headers): boolean {
  if (name.startsWith('x-amz-meta-') || KNOWN_HEADERS.has(name)) return true;
  return KNOWN_VALUES[name]?.includes(headers[name] ?? '') ?? false;
}
