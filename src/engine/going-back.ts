import { can, type Rollout } from '#core/release';
import { type Clock, fail, ok, type Result } from '#kernel';
import type { Accepted, Asker } from './requests.ts';
import { beginRollout, currentRelease, mayBegin, notOpening, supersededBy } from './releasing.ts';
import type { Runner } from './runner.ts';

/**
 * Goes back to the newest good release before the current one, or to a named one that was good (R10). While a rollout is
 * under way, going back means to abort it. To be called within the runner's `serial`. Failures: `nothing_to_go_back_to`,
 * `release_not_good`, `release_before_contract`, `environment_opening`, those of `mayBegin`.
 */
export async function beginRollback(
  runner: Runner,
  clock: Clock,
  to: number | null,
  asker: Asker,
): Promise<Result<Accepted>> {
  const { ledger } = runner;
  const row = ledger.environment;
  const sequence = ledger.sequence();
  const active = runner.active();
  if (active !== null && can('abort', active) && isAway(active, to)) {
    const isContract = active.plan.manner === 'contract';
    // Of a contract the way back itself is noted below.
    const asked = isContract ? ok(null) : await note(runner, active.plan.from, asker);
    if (!asked.ok) return asked;
    const aborted = await runner.apply([{ type: 'abort', ...asker }]);
    if (!aborted.ok) return aborted;
    // A contract moves nothing: where it has ended, the way back is still to be gone.
    if (!isContract) return ok({ after: sequence, release: active.plan.release });
  }
  const settled = notOpening(runner);
  const free = settled.ok ? mayBegin(runner) : settled;
  if (!free.ok) return free;
  // Stuck, the current release does not serve whole: going back begins with it.
  const older = row.stuck ? row.good : row.good.slice(0, -1);
  const wanted = to ?? older.at(-1) ?? null;
  const current = await currentRelease(runner);
  if (wanted === null || current === null || row.environment === null)
    return fail('nothing_to_go_back_to', { environment: row.name });
  if (wanted < row.contracted)
    return fail('release_before_contract', { release: wanted, contracted: row.contracted });
  const release = older.includes(wanted) ? await ledger.release(wanted) : null;
  if (release === null) {
    const good = older.filter((number) => number >= row.contracted).join(', ');
    return fail('release_not_good', {
      release: wanted,
      environment: row.name,
      good: good === '' ? 'none' : good,
    });
  }
  const asked = await note(runner, wanted, asker);
  if (!asked.ok) return asked;
  const { environment } = row;
  const going = { environment, release, from: current, manner: 'direct', asker } as const;
  const begun = await beginRollout(runner, clock, going);
  return begun.ok ? ok({ after: sequence, release: wanted }) : begun;
}

/** Whether aborting the rollout under way is what was asked for; one that goes back itself is not to be turned round. */
function isAway({ plan }: Rollout, to: number | null): boolean {
  if (plan.manner === 'contract') return true;
  return plan.manner !== 'direct' && (to === null || to === plan.from);
}

/** Who goes back wants to stay there: what was waiting does not take the environment forward again. */
function note(runner: Runner, to: number | null, asker: Asker): Promise<Result<null>> {
  const { environment: row } = runner.ledger;
  const passedOver = row.queued === null || to === null ? [] : [supersededBy(row.queued.release, to)];
  const entries = [{ type: 'rollback.asked', data: { to, ...asker } }, ...passedOver];
  return runner.ledger.commit(
    { entries, environment: { ...row, queued: null, pinned: true } },
    runner.epoch(),
  );
}
