import { planContract } from '#core/plan';
import { plannedRollout } from '#core/release';
import { type Clock, type Failure, ok } from '#kernel';
import type { Observation } from '#ports';
import { housekeeping, isTidy } from './housekeeping.ts';
import { beginQueued, commitRollout } from './releasing.ts';
import { beginCurrent, goOnOpening } from './opening.ts';
import type { Runner } from './runner.ts';

/** How often what runs is compared with what should. */
const tidyEvery = 5_000;

/**
 * What an environment does while no rollout is under way: it comes up; the release that waits begins; a schema whose time has come is
 * contracted; what no window points to any more is removed.
 */
export function createIdle(clock: Clock, report: (failure: Failure) => void) {
  let nextTidy = 0;
  let isFirst = true;

  /** After a restart of the machine nothing runs any more: it is begun again, and tried again where that failed. */
  async function restart(runner: Runner) {
    const { restart: failed } = runner.ledger.environment;
    const isDue = failed !== null && clock.now() >= failed.notBefore;
    if (!isFirst && !isDue) return null;
    isFirst = false;
    return beginCurrent(runner, clock, isDue);
  }

  return async function idle(runner: Runner, seen: Observation): Promise<void> {
    const { ledger, target } = runner;
    const { opening, stuck } = ledger.environment;
    const step = opening === null ? await restart(runner) : await goOnOpening(runner, clock, opening);
    if (step !== null) {
      if (!step.ok) report(step.error);
      return;
    }
    // Where nobody knows what serves, nothing begins by itself: a person looks first.
    if (ledger.environment.queued !== null && !stuck) {
      const begun = await beginQueued(runner, clock);
      if (!begun.ok) report(begun.error);
      return;
    }
    const now = clock.now();
    if (now < nextTidy && nextTidy - now <= tidyEvery) return;
    nextTidy = now + tidyEvery;
    const tools = { ledger, target, clock, fence: runner.epoch(), report };
    if (!runner.chores.isBusy())
      for (const chore of await housekeeping(tools, seen)) runner.chores.begin(chore);
    if (runner.chores.isBusy() || !(await contractDue(runner, seen, clock))) return;
    const contracted = await beginContract(runner, clock);
    if (!contracted.ok) report(contracted.error);
  };
}

/** R4, R9: the window is over and nothing older runs any more. */
async function contractDue({ ledger }: Runner, seen: Observation, clock: Clock): Promise<boolean> {
  const [contract] = ledger.environment.contracts;
  if (contract === undefined || clock.now() < contract.notBefore || ledger.environment.stuck) return false;
  const { warm } = ledger.environment;
  const keepsOlder = warm !== null && warm.until > clock.now() && warm.release < contract.release;
  return !keepsOlder && (await isTidy(ledger, seen, clock));
}

async function beginContract(runner: Runner, clock: Clock) {
  const { ledger } = runner;
  const { environment: row } = ledger;
  const [contract] = row.contracts;
  const release = contract === undefined ? null : await ledger.release(contract.release);
  if (release === null || row.environment === null) return ok(null);
  const plan = planContract(row.environment, release, row.lastRollout + 1);
  // The jobs are no longer declared: there is nothing that could be run.
  if (!plan.stages.some((stage) => stage.kind === 'task')) {
    const contracts = row.contracts.filter((each) => each !== contract);
    const entry = { type: 'contract.dropped', data: { release: release.number } };
    return ledger.commit({ entries: [entry], environment: { ...row, contracts } }, runner.epoch());
  }
  return commitRollout(runner, plannedRollout(plan, row.routeVersion, clock.now()), {
    by: 'fairway',
    note: '',
  });
}
