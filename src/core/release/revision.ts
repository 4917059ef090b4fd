import { createHash } from 'node:crypto';
import type { Service } from '#core/system';
import { canonicalJson } from '#kernel';

/** One immutable build of one service with its configuration: what replicas are started from (R10). */
export interface Revision {
  /** `<service>-<12 hex digits of the digest>` */
  readonly id: string;
  readonly service: string;
  /** Digest of the build, the secret versions and everything in `spec` that a running replica can notice. */
  readonly digest: string;
  /** Digest of the files alone; names the snapshot or image. */
  readonly build: string;
  /** The declaration it was made from. */
  readonly spec: Service;
  /** Per secret it receives: 12 hex digits of a keyed hash, never the value. */
  readonly secretVersions: Readonly<Record<string, string>>;
}

/** Names a revision by its content: equal builds with equal configuration are the same revision. */
export function revisionOf(
  spec: Service,
  build: string,
  secretVersions: Readonly<Record<string, string>>,
): Revision {
  const { command, env, resources, probes, shutdown } = spec;
  const noticed = { build, command, env, resources, probes, shutdown, secretVersions };
  const digest = createHash('sha256').update(canonicalJson(noticed)).digest('hex');
  return {
    id: `${spec.name}-${digest.slice(0, 12)}`,
    service: spec.name,
    digest,
    build,
    spec,
    secretVersions,
  };
}
