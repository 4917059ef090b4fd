import type { Result } from '#kernel';

/** The error codes of S3 that this server speaks: the HTTP status and the sentence a client gets. */
const refusals = {
  AccessDenied: { status: 403, sentence: 'Access denied.' },
  BadDigest: { status: 400, sentence: 'The checksum sent does not fit the content received.' },
  BucketAlreadyOwnedByYou: { status: 409, sentence: 'The bucket exists already and is yours.' },
  BucketNotEmpty: {
    status: 409,
    sentence: 'The bucket still holds objects, old versions or delete markers.',
  },
  EntityTooLarge: { status: 400, sentence: 'The content is larger than one request may carry (5 GiB).' },
  EntityTooSmall: { status: 400, sentence: 'Every part except the last one has at least 5 MiB.' },
  IllegalLocationConstraintException: {
    status: 400,
    sentence: 'The location constraint is not the region of this server.',
  },
  IncompleteBody: { status: 400, sentence: 'The body does not have the length or the framing it announced.' },
  InsufficientStorage: { status: 507, sentence: 'The disk is full; nothing was changed.' },
  InternalError: { status: 500, sentence: 'The server met a fault of its own; nothing was changed.' },
  InvalidAccessKeyId: { status: 403, sentence: 'There is no such access key.' },
  InvalidArgument: { status: 400, sentence: 'An argument is not valid.' },
  InvalidBucketName: {
    status: 400,
    sentence:
      'A bucket name has 3 to 63 of the characters a-z, 0-9, "." and "-", and begins and ends with a letter or digit.',
  },
  InvalidDigest: { status: 400, sentence: 'The digest sent is not well formed.' },
  InvalidPart: { status: 400, sentence: 'A part is unknown, or its ETag or checksum is another one.' },
  InvalidPartOrder: { status: 400, sentence: 'Parts are listed in ascending order of their numbers.' },
  InvalidRange: { status: 416, sentence: 'The range lies outside the object.' },
  InvalidRequest: { status: 400, sentence: 'The request contradicts itself.' },
  InvalidTag: {
    status: 400,
    sentence: 'An object has at most 10 different tags; keys up to 128, values up to 256 characters.',
  },
  InvalidURI: { status: 400, sentence: 'The address is not well-formed UTF-8 in percent encoding.' },
  KeyTooLongError: { status: 400, sentence: 'A key has at most 1024 bytes.' },
  MalformedTrailerError: { status: 400, sentence: 'The trailer is missing or not the one announced.' },
  MalformedXML: { status: 400, sentence: 'The body is not the XML that this operation takes.' },
  MaxMessageLengthExceeded: {
    status: 400,
    sentence: 'The body is larger than this operation takes (2 MiB).',
  },
  MetadataTooLarge: { status: 400, sentence: 'The metadata of an object has at most 2 KiB.' },
  MethodNotAllowed: { status: 405, sentence: 'The method is not allowed on this resource.' },
  MissingContentLength: { status: 411, sentence: 'The length of the content must be announced.' },
  NoSuchBucket: { status: 404, sentence: 'There is no such bucket.' },
  NoSuchKey: { status: 404, sentence: 'There is no object with this key.' },
  NoSuchLifecycleConfiguration: { status: 404, sentence: 'The bucket has no lifecycle configuration.' },
  NoSuchUpload: {
    status: 404,
    sentence: 'There is no such multipart upload; it may be completed or aborted.',
  },
  NoSuchVersion: { status: 404, sentence: 'There is no such version of the object.' },
  NotImplemented: { status: 501, sentence: 'This server does not offer that.' },
  PreconditionFailed: { status: 412, sentence: 'A condition of the request does not hold.' },
  RequestTimeTooSkewed: {
    status: 403,
    sentence: "The request's time is more than 15 minutes from the server's.",
  },
  SignatureDoesNotMatch: { status: 403, sentence: 'The signature does not fit the request.' },
  XAmzContentSHA256Mismatch: {
    status: 400,
    sentence: 'The content does not have the SHA-256 that was signed.',
  },
} as const satisfies Record<string, { status: number; sentence: string }>;

export type RefusalCode = keyof typeof refusals;

/** Why a request is not served, as S3 clients expect to be told. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly status: number;
  readonly sentence: string;
  /** Response headers that belong to this refusal. */
  readonly headers: Readonly<Record<string, string>>;
  /** For our own log, never sent: what the operating system or SQLite said. */
  readonly detail: string | null;
}

/** A value, or why there is none. */
export type Answer<T> = Result<T, Refusal>;

interface RefusalDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly detail?: string;
}

/** A refusal with the catalogued sentence, or with one that names the particulars. */
export function refuse(
  code: RefusalCode,
  sentence: string = refusals[code].sentence,
  { headers = {}, detail }: RefusalDetails = {},
): { readonly ok: false; readonly error: Refusal } {
  const { status } = refusals[code];
  return { ok: false, error: { code, status, sentence, headers, detail: detail ?? null } };
}

/** The refusal for a failed system call or SQLite statement: a full disk is told apart, since waiting does not help. */
export function refuseFault(reason: unknown): { readonly ok: false; readonly error: Refusal } {
  const detail = reason instanceof Error ? reason.message : String(reason);
  return isFullDisk(reason)
    ? refuse('InsufficientStorage', undefined, { detail })
    : refuse('InternalError', undefined, { detail });
}

const SQLITE_FULL = 13;

function isFullDisk(reason: unknown): boolean {
  if (!(reason instanceof Error)) return false;
  if ('errcode' in reason && reason.errcode === SQLITE_FULL) return true;
  // EFBIG: a limit on file size (RLIMIT_FSIZE) ends the room just as well.
  return 'code' in reason && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(reason.code));
}
