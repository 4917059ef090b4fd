import { movesOf, planRollout } from '#core/plan';
import { plannedRollout, type Manner, type Release, type Revision } from '#core/release';
import type { Environment, Service } from '#core/system';
import { levels } from '#core/plan';
import { after, type Clock, fail, millis, ok, type Result } from '#kernel';
import { bounded } from './perform.ts';
import { currentOf, type EnvironmentRow } from './records.ts';
import type { Accepted, Asker, ReleaseRequest } from './requests.ts';
import type { Runner } from './runner.ts';

/**
 * Snapshots the environment into a release and begins its rollout. To be called within the runner's `serial`. Refuses
 * while another rollout is under way; where nothing differs from the current release, it begins nothing. `first`: nothing
 * runs yet, and nothing has to be gone over from.
 */
export async function beginRelease(
  runner: Runner,
  clock: Clock,
  ask: ReleaseRequest,
  manner: 'declared' | 'first' = 'declared',
): Promise<Result<Accepted>> {
  const { ledger } = runner;
  const free = mayBegin(runner, ledger.environment);
  if (!free.ok) return free;
  const current = await currentRelease(runner);
  const built = await buildRevisions(runner, clock, ask, current);
  if (!built.ok) return built;
  const row = ledger.environment;
  const release: Release = {
    number: row.lastRelease + 1,
    environment: row.name,
    createdAt: clock.now(),
    by: ask.by,
    note: ask.note,
    source: ask.source,
    revisions: built.value,
  };
  const sequence = ledger.sequence();
  if (current !== null && movesOf(release, current).length === 0) {
    return manner === 'first'
      ? ok({ after: sequence, release: null })
      : unchanged(runner, ask.environment, release, current);
  }
  const from = manner === 'first' ? null : current;
  const begun = await beginRollout(runner, clock, ask.environment, release, from, manner);
  return begun.ok ? ok({ after: sequence, release: release.number }) : begun;
}

/** Begins moving an environment to a release, new or old. `from` null: nothing runs, everything is started. */
export async function beginRollout(
  runner: Runner,
  clock: Clock,
  environment: Environment,
  release: Release,
  from: Release | null,
  manner: Manner,
): Promise<Result<null>> {
  const { ledger } = runner;
  const row = ledger.environment;
  const id = row.lastRollout + 1;
  const plan = planRollout(environment, release, from, { id, manner });
  const rollout = plannedRollout(plan, row.routeVersion, clock.now());
  const isNew = release.number > row.lastRelease;
  const summary = {
    rollout: id,
    release: release.number,
    from: plan.from,
    manner: plan.manner,
    by: release.by,
    note: release.note,
    moves: plan.moves.map(({ service, next, previous }) => ({
      service,
      next: next?.id ?? null,
      previous: previous?.id ?? null,
    })),
    stages: plan.stages.map((stage) => stage.name),
  };
  const committed = await ledger.commit(
    {
      entries: [{ type: 'rollout.planned', data: summary }],
      ...(isNew ? { release } : {}),
      rollout,
      environment: {
        ...row,
        environment,
        rollout: id,
        lastRollout: id,
        lastRelease: Math.max(row.lastRelease, release.number),
        pinned: isNew ? false : row.pinned,
      },
    },
    runner.epoch(),
  );
  if (!committed.ok) return committed;
  await runner.begin(rollout);
  return ok(null);
}

export function mayBegin(runner: Runner, row: EnvironmentRow): Result<null> {
  if (row.status === 'down') return fail('environment_down', { environment: row.name });
  const active = runner.active();
  if (active === null) return ok(null);
  return fail('rollout_in_progress', {
    environment: row.name,
    release: active.plan.release,
    phase: active.phase,
  });
}

export async function currentRelease(runner: Runner): Promise<Release | null> {
  const number = currentOf(runner.ledger.environment);
  return number === null ? null : runner.ledger.release(number);
}

async function buildRevisions(
  runner: Runner,
  clock: Clock,
  ask: ReleaseRequest,
  current: Release | null,
): Promise<Result<readonly Revision[]>> {
  const ordered: Service[] = levels(ask.environment.services).flat();
  const revisions: Revision[] = [];
  for (const service of ordered) {
    const kept = ask.services?.includes(service.name) === false ? find(current, service.name) : undefined;
    const context = {
      key: `build/${service.name}`,
      fence: runner.epoch(),
      deadline: after(clock.now(), millis(120_000)),
    };
    const signal = new AbortController().signal;
    const built = kept
      ? ok(kept)
      : await bounded(clock, context, signal, (inner) =>
          runner.target.build(service, ask.sourceFolder, inner),
        );
    if (!built.ok) return built;
    revisions.push(built.value);
  }
  return ok(revisions);
}

const find = (release: Release | null, service: string) =>
  release?.revisions.find((each) => each.service === service);

/** Same revisions: at most the number of replicas differs, which needs no rollout; the housekeeping brings it about. */
async function unchanged(
  runner: Runner,
  environment: Environment,
  release: Release,
  current: Release,
): Promise<Result<Accepted>> {
  const { ledger } = runner;
  const row = ledger.environment;
  const sequence = ledger.sequence();
  const counts = (of: Release) => of.revisions.map(({ id, spec }) => `${id} ${spec.replicas}`).join();
  const scaled = counts(release) !== counts(current);
  const entry = {
    type: 'environment.unchanged',
    data: { release: scaled ? release.number : current.number, scaled },
  };
  const change = scaled
    ? {
        entries: [entry],
        release,
        environment: {
          ...row,
          environment,
          good: [...row.good, release.number],
          lastRelease: release.number,
        },
      }
    : { entries: [entry], environment: { ...row, environment } };
  const done = await ledger.commit(change, runner.epoch());
  return done.ok ? ok({ after: sequence, release: null }) : done;
}

/** Goes back to the newest good release before the current one, or to a named one that was good (R10). */
export async function beginRollback(
  runner: Runner,
  clock: Clock,
  to: number | null,
  asker: Asker,
): Promise<Result<Accepted>> {
  const { ledger } = runner;
  const row = ledger.environment;
  const free = mayBegin(runner, row);
  if (!free.ok) return free;
  const wanted = to ?? row.good.at(-2) ?? null;
  const current = await currentRelease(runner);
  if (wanted === null || current === null || row.environment === null)
    return fail('nothing_to_go_back_to', { environment: row.name });
  const release = row.good.slice(0, -1).includes(wanted) ? await ledger.release(wanted) : null;
  if (release === null) {
    const good = row.good.slice(0, -1).join(', ');
    return fail('release_not_good', {
      release: wanted,
      environment: row.name,
      good: good === '' ? 'none' : good,
    });
  }
  const sequence = ledger.sequence();
  const asked = await ledger.commit(
    { entries: [{ type: 'rollback.asked', data: { to: wanted, ...asker } }] },
    runner.epoch(),
  );
  if (!asked.ok) return asked;
  const begun = await beginRollout(runner, clock, row.environment, release, current, 'direct');
  return begun.ok ? ok({ after: sequence, release: wanted }) : begun;
}
