import { type Revision, revisionOf } from '#core/release';
import type { SecretSpec, Service } from '#core/system';
import { ok, type Result } from '#kernel';
import type { EffectContext } from '#ports';
import type { Session } from './session.ts';
import { takeSnapshot, verifySnapshot } from './snapshot.ts';

export interface BuildAsk {
  readonly service: Service;
  /** Of these, those that the service receives are made where they are not there yet. */
  readonly secrets: readonly SecretSpec[];
}

/** Failures: those of `takeSnapshot` and of the secrets. */
export async function buildRevision(
  session: Session,
  ask: BuildAsk & { readonly sourceFolder: string },
  { signal }: EffectContext,
): Promise<Result<Revision>> {
  const { service, sourceFolder } = ask;
  const { snapshots } = session.folders;
  const paths = [service.folder, ...service.include];
  const build = await takeSnapshot({ sourceFolder, paths, snapshots, signal });
  return build.ok ? named(session, ask, build.value) : build;
}

/**
 * All environments of a system keep their snapshots in one folder: what a neighbour has built is there. Failures: those of
 * `verifySnapshot` and of the secrets.
 */
export async function adoptRevision(
  session: Session,
  ask: BuildAsk & { readonly build: string },
): Promise<Result<Revision>> {
  const sound = await verifySnapshot(session.folders.snapshots, ask.build);
  return sound.ok ? named(session, ask, ask.build) : sound;
}

async function named(
  { secrets: known }: Session,
  { service, secrets }: BuildAsk,
  build: string,
): Promise<Result<Revision>> {
  const prepared = await known.prepare(secrets.filter(({ name }) => service.secrets.includes(name)));
  if (!prepared.ok) return prepared;
  const versions = await known.versions(service.secrets);
  return versions.ok ? ok(revisionOf(service, build, versions.value)) : versions;
}
