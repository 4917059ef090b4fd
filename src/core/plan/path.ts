import type { Manner, Move, Release, RolloutPlan, Shift, Stage, Task, Wait } from '#core/release';
import type { Check, Environment, Job, ReleasePolicy } from '#core/system';
import { type Millis, millis } from '#kernel';
import { shiftsOf } from './stages.ts';

/** What the way of a rollout is made from. */
export interface Path {
  readonly environment: Environment;
  readonly release: Release;
  readonly from: Release | null;
  readonly moves: readonly Move[];
  readonly manner: Manner;
  readonly isNew: boolean;
  readonly checks: readonly Check[];
}

/**
 * The whole way, in this order: people agree, the time comes, hooks, the schema is expanded and filled, shares move, hooks.
 * Only a release that is new goes all of it: one that was good before is gone back to at once (R10), and a schema is
 * never reversed by itself.
 */
export function pathOf(path: Path): Pick<RolloutPlan, 'stages' | 'contractAfter'> {
  const { environment, release, moves, manner, isNew, checks } = path;
  const policy = environment.release;
  const shifts = shiftsOf(moves, manner, checks.length > 0);
  if (!isNew) return { stages: shifts, contractAfter: null };
  const migrations = migrationsOf(path);
  const tasks = (jobs: readonly Job[]) => jobs.flatMap((job) => taskOf(job, release, policy));
  const watched = manner === 'declared' ? watchLast(shifts, policy, checks.length > 0) : shifts;
  const breaksOld = migrations.length > 0 && policy.migrations?.compatible === false;
  const asksAtPreview = previewOf(shifts) === 0 && !breaksOld;
  const stages: Stage[] = [
    ...(asksAtPreview ? [] : approvalOf(policy)),
    ...windowsOf(policy, migrations.length > 0),
    ...tasks(policy.hooks.before),
    ...tasks(migrations.filter(({ purpose }) => purpose !== 'contract')),
    ...(asksAtPreview ? withApproval(watched, policy) : watched),
    ...tasks(policy.hooks.after),
  ];
  const contracts = migrations.some(({ purpose }) => purpose === 'contract');
  return { stages, contractAfter: contracts ? (policy.migrations?.contractAfter ?? null) : null };
}

/** Contracts the schema of a release that has been promoted for long enough. Nothing moves; once begun, it only goes on (R4). */
export function planContract(environment: Environment, release: Release, id: number): RolloutPlan {
  const policy = environment.release;
  const { migrations } = policy;
  const windows = migrations?.window == null ? [] : [migrations.window];
  const jobs = (migrations?.jobs ?? []).filter(({ purpose }) => purpose === 'contract');
  return {
    id,
    manner: 'contract',
    release: release.number,
    from: release.number,
    moves: [],
    stages: [...windowOf(windows, policy), ...jobs.flatMap((job) => taskOf(job, release, policy))],
    otherRoutes: [],
    policy,
    leaves: false,
    checks: [],
    contractAfter: null,
  };
}

/** The jobs of a migration when the release has other ones than the release before; none when it changes nothing. */
function migrationsOf({ environment, release, from }: Path): readonly Job[] {
  const jobs = environment.release.migrations?.jobs ?? [];
  const isSame = ({ name }: Job) => release.jobs[name]?.id === from?.jobs[name]?.id;
  return from !== null && jobs.every(isSame) ? [] : jobs;
}

function taskOf(job: Job, release: Release, { migrations }: ReleasePolicy): Task[] {
  const built = release.jobs[job.name];
  if (built === undefined) return [];
  const { purpose, timeout, onFailure } = job;
  const breaksOld = purpose === 'expand' && migrations?.compatible === false;
  const final = purpose === 'contract' || breaksOld;
  return [{ kind: 'task', name: titleOf(job), purpose, job: built, timeout, onFailure, final }];
}

function titleOf({ name, purpose }: Job): string {
  const isHook = purpose === 'before' || purpose === 'after';
  return isHook ? `hook ${name}` : `${purpose} the schema`;
}

function windowsOf(policy: ReleasePolicy, migrates: boolean): Wait[] {
  const windows = [policy.window, migrates ? (policy.migrations?.window ?? null) : null];
  return windowOf(
    windows.filter((window) => window !== null),
    policy,
  );
}

function windowOf(windows: readonly NonNullable<ReleasePolicy['window']>[], policy: ReleasePolicy): Wait[] {
  if (windows.length === 0 && policy.freezes.length === 0) return [];
  const names = windows.map(({ name }) => name).join(' and ');
  const name = names === '' ? 'wait for the end of a freeze' : `wait for the window ${names}`;
  return [{ kind: 'wait', name, for: 'window', windows, freezes: policy.freezes }];
}

function approvalOf({ approval }: ReleasePolicy): Wait[] {
  if (approval === null) return [];
  return [{ kind: 'wait', name: `approval by ${approval.role}`, for: 'approval', approval }];
}

/**
 * Where there is something to look at before users meet anything new, people are asked then; otherwise before anything
 * begins.
 */
function withApproval(shifts: readonly Shift[], policy: ReleasePolicy): Stage[] {
  const preview = previewOf(shifts);
  return [...shifts.slice(0, preview + 1), ...approvalOf(policy), ...shifts.slice(preview + 1)];
}

/** The stage in which new revisions run whole and have no share yet; -1: there is none. */
function previewOf(shifts: readonly Shift[]): number {
  return shifts.findIndex(({ services }) =>
    services.some(({ stepping, next, weight }) => stepping && next > 0 && weight === 0),
  );
}

/** The gate keeps watching for a while when the new revisions have everything. */
function watchLast(shifts: readonly Shift[], { watch }: ReleasePolicy, hasChecks: boolean): Shift[] {
  const last = shifts.at(-1);
  if (last === undefined || watch === 0) return [...shifts];
  const gate = last.gate === 'none' && hasChecks ? 'watch' : last.gate;
  const hold: Millis = millis(Math.max(last.hold, watch));
  return [...shifts.slice(0, -1), { ...last, hold, gate }];
}
