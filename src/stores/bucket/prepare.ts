import { fail, type Instant, instant, ok, type Result } from '#kernel';
import { lifecycleDocument, type LifecycleRule } from './protocol/lifecycle.ts';
import type { Credentials } from './protocol/signature.ts';
import { childOf, readXml, textOf } from './protocol/xml-read.ts';
import { element, xmlDocument } from './protocol/xml-write.ts';
import { signedHeaders } from './sign-request.ts';

export interface BucketSettings {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly bucket: string;
  readonly versioning: boolean;
  /** Age in days at which objects, and old versions of them, are deleted; null: never. */
  readonly expireDays: number | null;
}

/**
 * Brings a bucket to its declared state: creates it where it is absent, sets versioning and lifecycle. Idempotent.
 * Failures: `bucket_unreachable` (facts: endpoint, reason), `bucket_refused` (facts: endpoint, bucket, action, status, code).
 */
export async function prepareBucket(settings: BucketSettings, signal?: AbortSignal): Promise<Result<null>> {
  const deadline = AbortSignal.timeout(DEADLINE_MILLIS);
  const within = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  try {
    return await prepare({ ...settings, signal: within });
  } catch (reason) {
    return fail('bucket_unreachable', { endpoint: settings.endpoint, reason: reasonOf(reason) });
  }
}

const DEADLINE_MILLIS = 15_000;

interface Connection extends BucketSettings {
  readonly signal: AbortSignal;
}

async function prepare(connection: Connection): Promise<Result<null>> {
  const now = await serverTime(connection);
  const created = await ask(connection, now, 'create', 'PUT', '', '');
  if (!created.ok && created.error.facts['code'] !== 'BucketAlreadyOwnedByYou') return created;
  const versioned = await setVersioning(connection, now);
  if (!versioned.ok) return versioned;
  const rules = lifecycleDocument(rulesFor(connection));
  const aged = await ask(connection, now, 'set lifecycle', 'PUT', 'lifecycle', rules);
  return aged.ok ? ok(null) : aged;
}

/** The server's own time, which is the one that signatures are measured against. */
async function serverTime({ endpoint, signal }: Connection): Promise<Instant> {
  const response = await fetch(`${endpoint}/-/health`, { signal });
  await response.body?.cancel();
  const parsed = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(parsed)) throw new Error('its answer carries no date');
  return instant(parsed);
}

/** A bucket that once had versions can only be suspended; one that never had any is left as it is. */
async function setVersioning(connection: Connection, now: Instant): Promise<Result<null>> {
  const present = await ask(connection, now, 'read versioning', 'GET', 'versioning', '');
  if (!present.ok) return present;
  const document = readXml(present.value);
  const status = document.ok ? textOf(document.value, 'Status') : null;
  const wanted = connection.versioning ? 'Enabled' : status === 'Enabled' ? 'Suspended' : status;
  if (wanted === status || wanted === null) return ok(null);
  const body = xmlDocument('VersioningConfiguration', element('Status', wanted));
  const set = await ask(connection, now, 'set versioning', 'PUT', 'versioning', body);
  return set.ok ? ok(null) : set;
}

const UPLOAD_DAYS = 7;

function rulesFor({ expireDays }: BucketSettings): readonly LifecycleRule[] {
  const none = { enabled: true, prefix: '', expireAfterDays: null, expireNoncurrentAfterDays: null };
  const rest = { expireLoneMarkers: true, abortUploadsAfterDays: UPLOAD_DAYS };
  const leftovers: LifecycleRule = { ...none, ...rest, id: 'leftovers' };
  const age = { expireAfterDays: expireDays, expireNoncurrentAfterDays: expireDays };
  const expiry: LifecycleRule = {
    ...none,
    ...age,
    id: 'age',
    expireLoneMarkers: false,
    abortUploadsAfterDays: null,
  };
  return expireDays === null ? [leftovers] : [leftovers, expiry];
}

/** One signed request about the bucket; the text of the answer. */
async function ask(
  { endpoint, credentials, bucket, signal }: Connection,
  now: Instant,
  action: string,
  method: 'GET' | 'PUT',
  subresource: string,
  body: string,
): Promise<Result<string>> {
  const url = new URL(`/${bucket}${subresource === '' ? '' : `?${subresource}=`}`, endpoint);
  const headers = signedHeaders({ method, url, body, credentials, now });
  const response = await fetch(url, { method, headers, signal, ...(method === 'GET' ? {} : { body }) });
  const text = await response.text();
  if (response.ok) return ok(text);
  return fail('bucket_refused', {
    endpoint,
    bucket,
    action,
    status: response.status,
    code: errorCodeOf(text),
  });
}

function errorCodeOf(text: string): string {
  const document = readXml(text);
  return (document.ok ? childOf(document.value, 'Code')?.text : undefined) ?? 'unknown';
}

/** fetch hides what happened in the cause. */
function reasonOf(reason: unknown): string {
  const cause = reason instanceof Error && reason.cause instanceof Error ? reason.cause : reason;
  return cause instanceof Error ? cause.message : String(cause);
}
