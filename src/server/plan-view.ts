import type { PlanView } from '#api';
import { levels, movesOf, planRollout } from '#core/plan';
import type { Release, Revision } from '#core/release';
import type { Environment } from '#core/system';
import { currentOf, type Runner } from '#engine';
import { after, canonicalJson, type Clock, millis, ok, type Result } from '#kernel';

/** What `up` or `release` would do now: builds the snapshots (which changes nothing that runs) and compares. */
export async function planView(
  runner: Runner,
  clock: Clock,
  environment: Environment,
  sourceFolder: string,
): Promise<Result<PlanView>> {
  const row = runner.ledger.environment;
  const number = currentOf(row);
  const current = number === null ? null : await runner.ledger.release(number);
  const revisions: Revision[] = [];
  for (const service of levels(environment.services).flat()) {
    const context = { key: 'plan', fence: runner.epoch(), deadline: after(clock.now(), millis(60_000)) };
    const built = await runner.target.build(service, sourceFolder, {
      ...context,
      signal: AbortSignal.timeout(60_000),
    });
    if (!built.ok) return built;
    revisions.push(built.value);
  }
  const release: Release = {
    number: row.lastRelease + 1,
    environment: row.name,
    createdAt: clock.now(),
    by: '',
    note: '',
    source: '',
    revisions,
  };
  const plan = planRollout(environment, release, current, { id: 0, manner: 'declared' });
  const moves = movesOf(release, current);
  return ok({
    environment: row.name,
    target: runner.target.can.name,
    from: number,
    running: row.status === 'up',
    stores: environment.stores.map(({ name, kind }) => ({
      name,
      kind,
      change: row.status === 'up' ? 'keep' : 'start',
    })),
    services: [...release.revisions.map(({ service }) => service), ...removed(moves)].map((service) => {
      const move = moves.find((each) => each.service === service);
      const [previous, next] = [find(current, service), find(release, service)];
      const change = !move ? 'keep' : !move.next ? 'remove' : move.previous ? 'change' : 'create';
      const why = move?.next && move.previous ? differences(move.previous, move.next) : [];
      return { name: service, change, previous: previous?.id ?? null, next: next?.id ?? null, why };
    }),
    stages: plan.stages.map(({ name, hold, gate }) => ({ name, holdMillis: hold, gate })),
  });
}

const removed = (moves: ReturnType<typeof movesOf>) =>
  moves.filter((move) => move.next === null).map((move) => move.service);
const find = (release: Release | null, service: string) =>
  release?.revisions.find((each) => each.service === service);

/** In words, without values: environment variables may be private. */
function differences(previous: Revision, next: Revision): string[] {
  const parts = ['command', 'resources', 'probes', 'shutdown'] as const;
  const changed = (a: unknown, b: unknown) => canonicalJson(a) !== canonicalJson(b);
  const variables = [...new Set([...Object.keys(previous.spec.env), ...Object.keys(next.spec.env)])]
    .filter((key) => previous.spec.env[key] !== next.spec.env[key])
    .sort();
  return [
    ...(previous.build === next.build ? [] : ['files']),
    ...parts.filter((part) => changed(previous.spec[part], next.spec[part])),
    ...variables.map((key) => `variable ${key}`),
    ...(changed(previous.secretVersions, next.secretVersions) ? ['secrets'] : []),
  ];
}
