import { levels } from '#core/plan';
import type { Release, Revision } from '#core/release';
import type { Environment, ReleasePolicy, Service } from '#core/system';
import { type Clock, type Instant, minutes, ok, type Result } from '#kernel';
import { call } from './call.ts';
import type { EnvironmentRow } from './records.ts';
import type { ReleaseRequest } from './requests.ts';
import type { Runner } from './runner.ts';

/** What a release is put together from. */
export interface Parts {
  /** By service; those that were not asked for are missing. */
  readonly revisions: ReadonlyMap<string, Revision>;
  readonly jobs: Readonly<Record<string, Revision>>;
}

/** Builds what was asked for: a revision of each service, and of each job (R10). Failures: those of the target's build. */
export function buildParts(runner: Runner, clock: Clock, ask: ReleaseRequest): Promise<Result<Parts>> {
  const built = (service: Service) => build(runner, clock, service, ask);
  return partsOf(ask.environment, ask.services, { service: built, job: (_, service) => built(service) });
}

/** Where the revisions of a release come from. */
export interface Origin {
  service(service: Service): Promise<Result<Revision>>;
  job(name: string, service: Service): Promise<Result<Revision>>;
}

/** One after another, to the first failure. `only`: these services; null: all of them. */
export async function partsOf(
  environment: Environment,
  only: readonly string[] | null,
  origin: Origin,
): Promise<Result<Parts>> {
  const revisions = new Map<string, Revision>();
  for (const service of environment.services) {
    if (only?.includes(service.name) === false) continue;
    const made = await origin.service(service);
    if (!made.ok) return made;
    revisions.set(service.name, made.value);
  }
  const jobs: Record<string, Revision> = {};
  for (const { name, service } of jobsOf(environment.release)) {
    const made = await origin.job(name, service);
    if (!made.ok) return made;
    jobs[name] = made.value;
  }
  return ok({ revisions, jobs });
}

/** An immutable snapshot of a whole environment (R10), what is needed first. Services that were not built stay as they are. */
export function assemble(
  row: EnvironmentRow,
  ask: ReleaseRequest,
  { revisions, jobs }: Parts,
  current: Release | null,
  now: Instant,
): Release {
  const kept = (name: string) => current?.revisions.find((each) => each.service === name);
  const ordered = levels(ask.environment.services).flat();
  return {
    number: row.lastRelease + 1,
    environment: row.name,
    createdAt: now,
    by: ask.by,
    note: ask.note,
    source: ask.source,
    revisions: ordered.flatMap(({ name }) => revisions.get(name) ?? kept(name) ?? []),
    jobs,
  };
}

/** A release that was put together while another one was under way: what was not asked for is as it is now. */
export function reassembled(
  release: Release,
  only: readonly string[] | null,
  current: Release | null,
): Release {
  if (only === null || current === null) return release;
  const revisions = release.revisions.map((revision) => {
    const isAsked = only.includes(revision.service);
    return isAsked
      ? revision
      : (current.revisions.find(({ service }) => service === revision.service) ?? revision);
  });
  return { ...release, revisions };
}

const jobsOf = ({ hooks, migrations }: ReleasePolicy) => [
  ...hooks.before,
  ...(migrations?.jobs ?? []),
  ...hooks.after,
];

function build(
  runner: Runner,
  clock: Clock,
  service: Service,
  { sourceFolder, environment }: ReleaseRequest,
): Promise<Result<Revision>> {
  const limits = { key: `build/${service.name}`, within: minutes(2) };
  return call(runner, clock, limits, (context) =>
    runner.target.build(service, sourceFolder, context, environment.secrets),
  );
}
