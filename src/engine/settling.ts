import type { Rollout } from '#core/release';
import { after, hours, type Instant, millis, minutes, seconds } from '#kernel';
import { type Contract, currentOf, type EnvironmentRow } from './records.ts';

/** What the end of a rollout means for its environment (R9, R12). */
export function settle(row: EnvironmentRow, rollout: Rollout, now: Instant): EnvironmentRow {
  const { plan, routeVersion } = rollout;
  // What restarts the current release changes nothing about what serves.
  const isRestart = plan.release === currentOf(row) && plan.leaves && !row.stuck;
  const stuck = rollout.phase === 'failed' && rollout.mayHaveTraffic && !isRestart;
  const restart = isRestart && rollout.phase === 'failed' ? later(row, now) : null;
  // From its first moment something final leaves only the way forward, whatever becomes of it (R4).
  const contracted = Math.max(row.contracted, rollout.committed ? plan.release : 0);
  const environment = rollout.phase === 'promoted' && row.coming !== null ? row.coming : row.environment;
  const over = { rollout: null, coming: null, environment, restart };
  const base = { ...row, ...over, routeVersion, stuck, contracted };
  if (plan.manner === 'contract') return afterContract(base, rollout, now);
  if (rollout.phase !== 'promoted') return base;
  const current = currentOf(row);
  if (current !== plan.release && row.good.includes(plan.release)) return wentBack(base, plan.release);
  const good = current === plan.release ? row.good : [...row.good, plan.release];
  const warm = plan.from === null ? row.warm : { release: plan.from, until: rollout.keepUntil };
  const pinned = current === plan.release ? row.pinned : false;
  return {
    ...base,
    good,
    warm,
    pinned,
    contracts: [...row.contracts, ...contractOf(row, rollout, now)],
  };
}

/** An older release serves again: what came after it is no good, and its schema is not contracted. */
function wentBack(row: EnvironmentRow, release: number): EnvironmentRow {
  const good = row.good.slice(0, row.good.indexOf(release) + 1);
  const contracts = row.contracts.filter((each) => each.release <= release);
  return { ...row, good, contracts, pinned: true, warm: null };
}

/** R4: not before the rollback window is over; at once where there is no release to go back to. */
function contractOf(row: EnvironmentRow, { plan }: Rollout, now: Instant): Contract[] {
  if (plan.contractAfter === null) return [];
  const wait = row.good.length === 0 ? 0 : Math.max(plan.contractAfter, plan.policy.keepOld);
  return [{ release: plan.release, notBefore: after(now, millis(wait)), attempts: 0 }];
}

const longestBackOff = hours(24);

function afterContract(row: EnvironmentRow, { plan, phase }: Rollout, now: Instant): EnvironmentRow {
  const { release } = plan;
  const others = row.contracts.filter((each) => each.release !== release);
  if (phase === 'promoted') return { ...row, contracts: others };
  const failed = row.contracts.find((each) => each.release === release);
  const attempts = (failed?.attempts ?? 0) + 1;
  const wait = millis(Math.min(longestBackOff, hours(1) * 2 ** Math.min(attempts - 1, 10)));
  const again: Contract = { release, attempts, notBefore: after(now, wait) };
  return { ...row, contracts: row.contracts.map((each) => (each.release === release ? again : each)) };
}

/** A restart that failed is tried again: after half a minute, then later each time, at most after a quarter of an hour. */
function later({ restart }: EnvironmentRow, now: Instant): EnvironmentRow['restart'] {
  const attempts = (restart?.attempts ?? 0) + 1;
  const wait = millis(Math.min(minutes(15), seconds(30) * 2 ** Math.min(attempts - 1, 10)));
  return { attempts, notBefore: after(now, wait) };
}
