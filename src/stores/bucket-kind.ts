import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { StoreSpec } from '#core/system';
import { days, ok } from '#kernel';
import { prepareBucket } from './bucket/index.ts';
import {
  type Access,
  type Answer,
  derivedSecret,
  ownProgram,
  replaceFile,
  type ServerKind,
} from './supervisor/index.ts';

export type BucketSpec = Extract<StoreSpec, { kind: 'bucket' }>;

const PROGRAM = join(import.meta.dirname, 'bucket', 'main.ts');
const REGION = 'us-east-1';

/** A bucket store: our own S3-compatible server with one bucket in it, as declared. */
export function bucketKind(spec: BucketSpec): ServerKind {
  return {
    spec,
    programs: [basename(process.execPath)],
    stopSignals: ['SIGTERM'],
    prepare: async (home, access) => {
      const credentials = JSON.stringify({ ...keysOf(access), region: REGION });
      await replaceFile(join(home.path, 'credentials.json'), `${credentials}\n`, home.user);
      const program = await ownProgram(home.user, PROGRAM);
      if (!program.ok) return program;
      const { port } = access;
      return ok({ command: [...program.value, '--folder', home.path, '--port', String(port)], note: null });
    },
    ask: askBucketServer,
    complete: (access) =>
      prepareBucket({
        endpoint: endpointOf(access),
        credentials: { ...keysOf(access), region: REGION },
        bucket: spec.bucket,
        versioning: spec.versioning,
        expireDays: spec.expireAfter === null ? null : Math.ceil(spec.expireAfter / days(1)),
      }),
    binding: (access) => {
      const { accessKeyId, secretAccessKey } = keysOf(access);
      return {
        env: {
          ENDPOINT: endpointOf(access),
          BUCKET: spec.bucket,
          REGION,
          ACCESS_KEY_ID: accessKeyId,
          SECRET_ACCESS_KEY: secretAccessKey,
          FORCE_PATH_STYLE: 'true',
        },
        secret: ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'],
        address: `bucket ${spec.bucket} at 127.0.0.1:${access.port}`,
      };
    },
  };
}

const endpointOf = ({ port }: Access) => `http://127.0.0.1:${port}`;

/** A pair of keys as S3 clients know them: 20 capital letters and digits, and a secret. */
function keysOf({ secret }: Access): { accessKeyId: string; secretAccessKey: string } {
  const name = createHash('sha256').update(derivedSecret(secret, 'access key id')).digest('hex');
  return {
    accessKeyId: `FAIR${name.slice(0, 16).toUpperCase()}`,
    secretAccessKey: derivedSecret(secret, 'secret access key'),
  };
}

async function askBucketServer(access: Access): Promise<Answer> {
  try {
    const response = await fetch(`${endpointOf(access)}/-/health`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    if (response.ok) return { state: 'ready' };
    return { state: 'failed', detail: `it answered with status ${response.status}` };
  } catch (reason) {
    const cause = reason instanceof Error && reason.cause instanceof Error ? reason.cause : reason;
    return { state: 'failed', detail: cause instanceof Error ? cause.message : String(cause) };
  }
}
