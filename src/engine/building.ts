import { levels } from '#core/plan';
import type { Release, Revision } from '#core/release';
import type { ReleasePolicy, Service } from '#core/system';
import { after, type Clock, millis, ok, type Result } from '#kernel';
import { bounded } from './perform.ts';
import type { ReleaseRequest } from './requests.ts';
import type { Runner } from './runner.ts';

/**
 * An immutable snapshot of everything a release needs (R10): a revision of each service, what is needed first, and of each
 * job. Services that were not asked for keep the revision they have. Failures: those of the target's build.
 */
export async function buildRelease(
  runner: Runner,
  clock: Clock,
  ask: ReleaseRequest,
  current: Release | null,
): Promise<Result<Release>> {
  const row = runner.ledger.environment;
  const revisions: Revision[] = [];
  for (const service of levels(ask.environment.services).flat()) {
    const keeps = ask.services?.includes(service.name) === false;
    const kept = keeps ? current?.revisions.find((each) => each.service === service.name) : undefined;
    const built = kept ? ok(kept) : await build(runner, clock, service, ask.sourceFolder);
    if (!built.ok) return built;
    revisions.push(built.value);
  }
  const jobs: Record<string, Revision> = {};
  for (const { name, service } of jobsOf(ask.environment.release)) {
    const built = await build(runner, clock, service, ask.sourceFolder);
    if (!built.ok) return built;
    jobs[name] = built.value;
  }
  return ok({
    number: row.lastRelease + 1,
    environment: row.name,
    createdAt: clock.now(),
    by: ask.by,
    note: ask.note,
    source: ask.source,
    revisions,
    jobs,
  });
}

const jobsOf = ({ hooks, migrations }: ReleasePolicy) => [
  ...hooks.before,
  ...(migrations?.jobs ?? []),
  ...hooks.after,
];

function build(runner: Runner, clock: Clock, service: Service, folder: string): Promise<Result<Revision>> {
  const context = {
    key: `build/${service.name}`,
    fence: runner.epoch(),
    deadline: after(clock.now(), millis(120_000)),
  };
  const { signal } = new AbortController();
  return bounded(clock, context, signal, (inner) => runner.target.build(service, folder, inner));
}
