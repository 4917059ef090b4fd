import type { PlanView } from '#api';
import { levels, movesOf, planRollout } from '#core/plan';
import { type SightInput, sightInputOf } from '#core/power';
import type { Release, Revision, RolloutPlan } from '#core/release';
import type { Environment, Service } from '#core/system';
import { currentOf } from '#engine';
import { after, canonicalJson, type Clock, millis, ok, type Result } from '#kernel';
import { planStages, wayBack } from './plan-stages.ts';
import type { Reading } from './reading.ts';

/** What `up` or `release` would do now: builds the snapshots (which changes nothing that runs) and compares. */
export async function planView(
  { runner, row }: Reading,
  clock: Clock,
  environment: Environment,
  sourceFolder: string,
): Promise<Result<PlanView>> {
  const number = currentOf(row);
  const current = number === null ? null : await runner.ledger.release(number);
  const built = await declaredRelease({ runner, row }, clock, environment, sourceFolder);
  if (!built.ok) return built;
  const release = built.value;
  const pauses = runner.target.can.pausesConsumers;
  const plan = planRollout(environment, release, current, { id: 0, manner: 'declared', isNew: true, pauses });
  const moves = movesOf(release, current, pauses);
  const contracts = plan.contractAfter !== null;
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
    stages: moves.length === 0 ? [] : planStages(plan, contracts, clock.now()),
    sight: sightOfPlan(plan),
    wayBack: moves.length === 0 ? [] : wayBack(plan, contracts),
  });
}

/** The release that `up` would make of what is declared and of the files as they are: the snapshots of it are built. */
export async function declaredRelease(
  { runner, row }: Pick<Reading, 'runner' | 'row'>,
  clock: Clock,
  environment: Environment,
  sourceFolder: string,
): Promise<Result<Release>> {
  const built = await releaseOf(environment, row.lastRelease + 1, (service) =>
    runner.target.build(
      service,
      sourceFolder,
      {
        key: 'plan',
        fence: runner.epoch(),
        deadline: after(clock.now(), millis(60_000)),
        signal: AbortSignal.timeout(60_000),
      },
      environment.secrets,
    ),
  );
  return built.ok ? ok({ ...built.value, createdAt: clock.now() }) : built;
}

/** What is known beforehand of the traffic in the steps with a gate. */
function sightOfPlan({ stages, policy: { gate } }: RolloutPlan): SightInput | null {
  if (gate.expected === null) return null;
  const gated = stages.flatMap((stage) => {
    if (stage.kind !== 'shift' || stage.gate !== 'pass') return [];
    const share = stage.services.find(({ stepping, weight }) => stepping && weight > 0);
    return share === undefined ? [] : [{ weight: share.weight, hold: stage.hold }];
  });
  const input = sightInputOf(gate.expected, gate, gated);
  return input.steps.length === 0 ? null : input;
}

/** The release that would be made: every service and every job, built. */
async function releaseOf(
  environment: Environment,
  number: number,
  build: (service: Service) => Promise<Result<Revision>>,
): Promise<Result<Omit<Release, 'createdAt'>>> {
  const revisions: Revision[] = [];
  for (const service of levels(environment.services).flat()) {
    const built = await build(service);
    if (!built.ok) return built;
    revisions.push(built.value);
  }
  const { hooks, migrations } = environment.release;
  const jobs: Record<string, Revision> = {};
  for (const { name, service } of [...hooks.before, ...(migrations?.jobs ?? []), ...hooks.after]) {
    const built = await build(service);
    if (!built.ok) return built;
    jobs[name] = built.value;
  }
  return ok({ number, environment: environment.name, by: '', note: '', source: '', revisions, jobs });
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
