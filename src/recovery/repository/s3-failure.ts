import { Thrown } from '#kernel';
import { cancelled, codeOf, reasonOf } from './stream.ts';

/** What an error of the S3 library means to a depot. */
export function s3Kind(reason: unknown): 'missing' | 'exists' | 'full' | 'other' {
  const name = reason instanceof Error ? reason.name : '';
  const status = statusOf(reason);
  if (name === 'NoSuchKey' || name === 'NotFound') return 'missing';
  if (name === 'PreconditionFailed' || name === 'ConditionalRequestConflict' || status === 412)
    return 'exists';
  if (FULL.includes(name) || status === 507) return 'full';
  return 'other';
}

/** Names that S3 servers give a bucket or a disk that takes no more. */
const FULL: readonly string[] = [
  'InsufficientStorage',
  'QuotaExceeded',
  'XMinioStorageFull',
  'XAmzQuotaExceeded',
];

export interface S3Place {
  readonly place: string;
  /** Never shown, even where an answer of the server repeats them. */
  readonly secrets: readonly string[];
}

/** Runs requests; what they throw becomes a failure of the place. */
export async function onS3<T>(
  place: S3Place,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw cancelled();
  try {
    return await work(signal);
  } catch (reason) {
    if (reason instanceof Thrown) throw reason;
    if (signal.aborted) throw cancelled();
    throw s3Failure(place, reason);
  }
}

/** What the S3 library threw, as a failure of the place. */
export function s3Failure({ place, secrets }: S3Place, reason: unknown): Thrown {
  if (reason instanceof Thrown) return reason;
  if (s3Kind(reason) === 'full') return new Thrown({ code: 'backup_place_full', facts: { place } });
  const shown = withoutSecrets(textOf(reason), secrets);
  return new Thrown({ code: 'backup_place_unreachable', facts: { place, reason: shown } });
}

/** Name and message of the server's answer, or of the network's error. */
function textOf(reason: unknown): string {
  const name = reason instanceof Error ? reason.name : '';
  const code = codeOf(reason);
  const kind = name === 'Error' || name === '' ? code : name;
  const message = reasonOf(reason);
  return kind === '' || message.includes(kind) ? message : `${kind}: ${message}`;
}

const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((left, secret) => (secret === '' ? left : left.replaceAll(secret, '…')), text);

function statusOf(reason: unknown): number | null {
  if (!(reason instanceof Error) || !('$metadata' in reason)) return null;
  const { $metadata: metadata } = reason;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}
