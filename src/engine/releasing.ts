import { movesOf, planRollout } from '#core/plan';
import { can, plannedRollout, type Manner, type Release, type Rollout } from '#core/release';
import type { Environment } from '#core/system';
import { type Clock, fail, minutes, ok, type Result } from '#kernel';
import { call } from './call.ts';
import { assemble, type Parts, reassembled } from './building.ts';
import { currentOf, type EnvironmentRow } from './records.ts';
import type { Accepted, Asker, ReleaseRequest } from './requests.ts';
import type { Runner } from './runner.ts';

/** Who begins a release, beside what was asked for. */
export interface BeginningRelease {
  /** `first`: nothing runs yet, and nothing has to be gone over from. */
  readonly manner: 'declared' | 'first';
  /** Written together with its beginning. */
  readonly changes: Partial<EnvironmentRow>;
}

/** Failures: `environment_down`, `environment_opening`, `environment_closing`, `rollout_in_progress`. */
export function mayAsk(runner: Runner): Result<null> {
  const settled = notOpening(runner);
  if (!settled.ok) return settled;
  const active = runner.active();
  // A contract gives way to any release until it has begun.
  const queues =
    active !== null && (active.plan.policy.supersede !== 'refuse' || active.plan.manner === 'contract');
  return queues ? notClosing(runner) : mayBegin(runner);
}

/**
 * Snapshots the environment into a release and begins its rollout, or queues it behind the one under way. To be called
 * within the runner's `serial`. Where nothing differs from the current release, it begins nothing.
 */
export async function beginRelease(
  runner: Runner,
  clock: Clock,
  ask: ReleaseRequest,
  parts: Parts,
  how: BeginningRelease | null = null,
): Promise<Result<Accepted>> {
  const { ledger } = runner;
  const free = how === null ? mayAsk(runner) : mayBegin(runner);
  if (!free.ok) return free;
  const { manner, changes } = how ?? { manner: 'declared', changes: {} };
  const current = await currentRelease(runner);
  const release = assemble(ledger.environment, ask, parts, current, clock.now());
  const sequence = ledger.sequence();
  const active = runner.active();
  if (active !== null) {
    const queued = await enqueue(runner, ask, release, active);
    return queued.ok ? ok({ after: sequence, release: release.number }) : queued;
  }
  if (current !== null && !ledger.environment.stuck && isSame(release, current)) {
    return manner === 'first'
      ? ok({ after: sequence, release: null })
      : unchanged(runner, ask.environment, release, current);
  }
  const from = manner === 'first' ? null : current;
  const beginning = { environment: ask.environment, release, from, manner };
  const begun = await beginRollout(runner, clock, beginning, changes);
  return begun.ok ? ok({ after: sequence, release: release.number }) : begun;
}

/** Whether there is nothing to do: the same revisions, and the same jobs (a release may bring a migration alone). */
function isSame(release: Release, current: Release): boolean {
  const jobs = ({ jobs: of }: Release) =>
    Object.values(of)
      .map(({ id }) => id)
      .sort()
      .join();
  return movesOf(release, current).length === 0 && jobs(release) === jobs(current);
}

/** Keeps a release for later, and asks the one under way to give way where its policy says so. */
async function enqueue(runner: Runner, ask: ReleaseRequest, release: Release, active: Rollout) {
  const { ledger } = runner;
  const row = ledger.environment;
  const { number } = release;
  const replaced = row.queued === null ? [] : [supersededBy(row.queued.release, number)];
  const entry = {
    type: 'release.queued',
    data: { release: number, behind: active.plan.release, by: ask.by },
  };
  const queued = { release: number, environment: ask.environment, services: ask.services };
  const done = await ledger.commit(
    { entries: [...replaced, entry], release, environment: { ...row, queued, lastRelease: number } },
    runner.epoch(),
  );
  if (!done.ok) return done;
  if (can('supersede', active)) await runner.apply([{ type: 'supersede', by: ask.by, release: number }]);
  return done;
}

export const supersededBy = (release: number, by: number) => ({
  type: 'release.superseded',
  data: { release, by },
});

/** A release that waits is passed over by a newer one that begins before it. */
const isLater = (queued: EnvironmentRow['queued'], release: number) =>
  queued !== null && queued.release > release;

/** Begins the release that waits, now that nothing else is under way. */
export async function beginQueued(runner: Runner, clock: Clock): Promise<Result<null>> {
  const { ledger } = runner;
  const row = ledger.environment;
  if (row.queued === null) return ok(null);
  const queued = await ledger.release(row.queued.release);
  const current = await currentRelease(runner);
  const { environment, services } = row.queued;
  const release = queued === null ? null : reassembled(queued, services, current);
  if (release === null || (current !== null && isSame(release, current))) {
    const entry = { type: 'environment.unchanged', data: { release: row.queued.release, scaled: false } };
    const idle = { ...row, queued: null, environment };
    return ledger.commit({ entries: [entry], environment: idle }, runner.epoch());
  }
  return beginRollout(runner, clock, { environment, release, from: current, manner: 'declared' });
}

export interface Beginning {
  readonly environment: Environment;
  readonly release: Release;
  /** null: nothing runs, everything is started. */
  readonly from: Release | null;
  readonly manner: Manner;
  /** Who asked for it, where that is not who made the release. */
  readonly asker?: Asker;
}

/**
 * Begins moving an environment to a release, new or old. Where a rollout has left the environment stuck, nobody knows which
 * revisions serve: then everything of the release is started and switched to at once.
 */
export async function beginRollout(
  runner: Runner,
  clock: Clock,
  beginning: Beginning,
  also: Partial<EnvironmentRow> = {},
): Promise<Result<null>> {
  const row = runner.ledger.environment;
  const { environment, release } = beginning;
  const { from, manner } = row.stuck ? ({ from: null, manner: 'direct' } as const) : beginning;
  const paused = row.stuck ? await pauseOthers(runner, clock, release) : ok(null);
  if (!paused.ok) return paused;
  const id = row.lastRollout + 1;
  const isNew = !row.good.includes(release.number);
  const pauses = runner.target.can.pausesConsumers;
  const plan = planRollout(environment, release, from, { id, manner, isNew, pauses });
  const rollout = plannedRollout(plan, row.routeVersion, clock.now(), row.stuck);
  const isFresh = release.number > row.lastRelease;
  const changes: Partial<EnvironmentRow> = {
    ...also,
    coming: environment,
    // Who goes back does not want to be taken forward again by what was waiting.
    queued: isNew && isLater(row.queued, release.number) ? row.queued : null,
    lastRelease: Math.max(row.lastRelease, release.number),
    pinned: isNew ? false : row.pinned,
  };
  const asker = beginning.asker ?? release;
  return commitRollout(
    runner,
    rollout,
    asker,
    changes,
    isFresh || row.queued?.release === release.number ? release : null,
  );
}

/** Writes a planned rollout and begins it. */
export async function commitRollout(
  runner: Runner,
  rollout: Rollout,
  { by, note }: Asker,
  changes: Partial<EnvironmentRow> = {},
  release: Release | null = null,
): Promise<Result<null>> {
  const { ledger } = runner;
  const { plan } = rollout;
  const summary = {
    rollout: plan.id,
    release: plan.release,
    from: plan.from,
    manner: plan.manner,
    by,
    note,
    moves: plan.moves.map(({ service, next, previous }) => ({
      service,
      next: next?.id ?? null,
      previous: previous?.id ?? null,
    })),
    stages: plan.stages.map((stage) => stage.name),
  };
  const { queued } = ledger.environment;
  const isPassedOver = queued !== null && changes.queued === null && queued.release !== plan.release;
  const passedOver = isPassedOver ? [supersededBy(queued.release, plan.release)] : [];
  const committed = await ledger.commit(
    {
      entries: [...passedOver, { type: 'rollout.planned', data: summary }],
      ...(release === null ? {} : { release }),
      rollout: { state: rollout, isNew: true },
      environment: { ...ledger.environment, ...changes, rollout: plan.id, lastRollout: plan.id },
    },
    runner.epoch(),
  );
  if (!committed.ok) return committed;
  await runner.begin(rollout);
  return ok(null);
}

/** Failures: `environment_down`, `environment_closing`; `rollout_in_progress` (facts: environment, release, phase). */
export function mayBegin(runner: Runner): Result<null> {
  const row = runner.ledger.environment;
  const active = runner.active();
  if (active === null) return notClosing(runner);
  return fail('rollout_in_progress', {
    environment: row.name,
    release: active.plan.release,
    phase: active.phase,
  });
}

/** Failure: `environment_opening`. */
export function notOpening({ ledger }: Runner): Result<null> {
  const { opening, name } = ledger.environment;
  const isComing = opening !== null && opening.done !== 'released';
  return isComing ? fail('environment_opening', { environment: name }) : ok(null);
}

function notClosing({ ledger }: Runner): Result<null> {
  const { status, closing, name } = ledger.environment;
  if (status === 'down') return fail('environment_down', { environment: name });
  return closing === null ? ok(null) : fail('environment_closing', { environment: name });
}

export async function currentRelease(runner: Runner): Promise<Release | null> {
  const number = currentOf(runner.ledger.environment);
  return number === null ? null : runner.ledger.release(number);
}

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

/** R14: whoever took jobs for a rollout that got stuck takes none beside those that are started now. */
async function pauseOthers(runner: Runner, clock: Clock, release: Release): Promise<Result<null>> {
  const { ledger, target } = runner;
  const seen = await runner.look();
  if (seen === null) return fail('target_busy', { what: 'looking' });
  const mine = new Set(release.revisions.map(({ id }) => id));
  const others = new Set(
    seen.replicas.flatMap(({ consuming, revision }) =>
      consuming === true && !mine.has(revision) ? [revision] : [],
    ),
  );
  for (const revision of others) {
    const noted = await ledger.commit(
      { entries: [{ type: 'consumers.paused', data: { revision } }] },
      runner.epoch(),
    );
    if (!noted.ok) return noted;
    const limits = { key: `pause/${ledger.sequence()}`, within: minutes(1) };
    const paused = await call(runner, clock, limits, (context) =>
      target.consume({ revision, active: 0 }, context),
    );
    if (!paused.ok) return paused;
  }
  return ok(null);
}
