import { isAbsolute, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, fail, ok, type Result } from '#kernel';
import type { Depot } from './repository/contract.ts';
import { SEGMENT } from './repository/depot-path.ts';
import { openFolderDepot } from './repository/folder-depot.ts';
import { openS3Depot } from './repository/s3-depot.ts';

/** Where copies go. */
export type BackupPlace =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/**
 * Reads `s3://bucket/prefix`, an absolute folder, `./folder` (relative to the system's folder) or a `file:` URL; null for
 * anything else.
 */
export function parsePlace(text: string, systemFolder: string): BackupPlace | null {
  if (text.includes('\0')) return null;
  if (text.startsWith('s3://')) return parseBucket(text.slice('s3://'.length));
  if (text.startsWith('file:')) return parseFileUrl(text);
  if (/^\.\/[^/]/.test(text)) return { kind: 'folder', path: resolve(systemFolder, text) };
  return isAbsolute(text) ? { kind: 'folder', path: resolve(normalize(text)) } : null;
}

export interface PlaceOptions {
  readonly systemFolder: string;
  /** Fairway's environment over the system's `.env`: the standard variables of AWS. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/**
 * The depot at a place; nothing is touched yet. Failures: `backup_place_invalid` (facts: place, reason),
 * `backup_place_locked` (credentials are missing; facts: place, variable).
 */
export function openPlace(text: string, { systemFolder, variables, clock }: PlaceOptions): Result<Depot> {
  const place = parsePlace(text, systemFolder);
  if (place === null) return fail('backup_place_invalid', { place: withoutUser(text), reason: NO_PLACE });
  if (place.kind === 'folder') return ok(openFolderDepot({ root: place.path, clock }));
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = variables;
  if (accessKeyId === '') return fail('backup_place_locked', { place: text, variable: 'AWS_ACCESS_KEY_ID' });
  if (secretAccessKey === '') {
    return fail('backup_place_locked', { place: text, variable: 'AWS_SECRET_ACCESS_KEY' });
  }
  const endpoint = given(variables, 'AWS_ENDPOINT_URL_S3') ?? given(variables, 'AWS_ENDPOINT_URL');
  if (endpoint !== null && !isHttp(endpoint)) {
    return fail('backup_place_invalid', { place: text, reason: 'AWS_ENDPOINT_URL_S3 is no http address' });
  }
  const sessionToken = given(variables, 'AWS_SESSION_TOKEN');
  return ok(
    openS3Depot({
      bucket: place.bucket,
      prefix: place.prefix,
      endpoint,
      region: given(variables, 'AWS_REGION') ?? given(variables, 'AWS_DEFAULT_REGION') ?? 'us-east-1',
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === null ? {} : { sessionToken }),
      clock,
    }),
  );
}

/** People write credentials into addresses; they are not repeated. */
const withoutUser = (text: string): string => text.replace(/\/\/.*@/, '//…@');

const NO_PLACE = 'it is neither s3://bucket/prefix nor an absolute folder nor ./folder';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

function parseBucket(text: string): BackupPlace | null {
  const [bucket = '', ...rest] = text.replace(/\/$/, '').split('/');
  if (!BUCKET.test(bucket) || !rest.every((segment) => SEGMENT.test(segment))) return null;
  return { kind: 's3', bucket, prefix: rest.join('/') };
}

function parseFileUrl(text: string): BackupPlace | null {
  try {
    const { host, search, hash } = new URL(text);
    return host === '' && search === '' && hash === '' && text.startsWith('file:/')
      ? { kind: 'folder', path: resolve(fileURLToPath(text)) }
      : null;
  } catch {
    return null; // no URL, or one that names no file
  }
}

function given(variables: PlaceOptions['variables'], name: string): string | null {
  const value = variables[name];
  return value === undefined || value === '' ? null : value;
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
