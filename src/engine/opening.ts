import { type Clock, minutes, ok, type Result } from '#kernel';
import { buildParts } from './building.ts';
import { call } from './call.ts';
import { currentOf, type EnvironmentRow, type Opening } from './records.ts';
import { beginRelease, beginRollout, currentRelease } from './releasing.ts';
import type { Runner } from './runner.ts';

/**
 * One step of bringing an environment up: the target is opened, what is declared is released, and what was there before is
 * started where that failed. How far it has come is kept in the environment's row, so that whoever is in charge goes on.
 *
 * Nobody has used an environment that was down: it is started whole as declared. One that was up already goes over to what
 * is declared by its strategy, like any release; one that is pinned stays where it is.
 */
export async function goOnOpening(runner: Runner, clock: Clock, opening: Opening): Promise<Result<null>> {
  switch (opening.done) {
    case 'nothing':
      return openTarget(runner, clock, opening);
    case 'opened':
      return startDeclared(runner, clock, opening);
    case 'released':
      return (
        (await beginCurrent(runner, clock)) ??
        finish(runner, 'environment.ready', { release: currentOf(runner.ledger.environment) })
      );
  }
}

async function openTarget(runner: Runner, clock: Clock, opening: Opening): Promise<Result<null>> {
  const { ledger, target } = runner;
  const { environment } = opening.ask;
  const limits = { key: `up/${ledger.sequence()}`, within: minutes(5) };
  const opened = await call(runner, clock, limits, (context) => target.open(environment, context));
  if (!opened.ok) return finish(runner, 'environment.failed', { failure: opened.error });
  const entry = { type: 'environment.opened', data: { environment: environment.name } };
  const row = { ...ledger.environment, opening: { ...opening, done: 'opened' as const } };
  return ledger.commit({ entries: [entry], environment: row }, runner.epoch());
}

async function startDeclared(runner: Runner, clock: Clock, opening: Opening): Promise<Result<null>> {
  const { ledger } = runner;
  const { pinned } = ledger.environment;
  const begun = pinned || !opening.wasDown ? await beginCurrent(runner, clock) : null;
  if (begun !== null) return begun; // and then the rest
  if (pinned) return finish(runner, 'environment.pinned', { release: currentOf(ledger.environment) });
  const released: Opening = { ...opening, done: 'released' };
  const manner = opening.wasDown ? 'first' : 'declared';
  const parts = await buildParts(runner, clock, opening.ask);
  const how = { manner, changes: { opening: released } } as const;
  const asked = parts.ok ? await beginRelease(runner, clock, opening.ask, parts.value, how) : parts;
  if (!asked.ok) {
    if (ledger.isStale()) return asked; // not known whether it was written: whoever reloads goes on
    return finish(runner, 'environment.failed', { failure: asked.error });
  }
  if (asked.value.release !== null) return ok(null);
  // Nothing differed, and the journal says so; an environment that was down is started as it was.
  const row: EnvironmentRow = { ...ledger.environment, opening: opening.wasDown ? released : null };
  return ledger.commit({ entries: [], environment: row }, runner.epoch());
}

/**
 * Starts the current release whole where nothing of it runs, as after a restart of the machine; `isAgain`: where that has failed
 * before. null: there is no need, or it was tried.
 */
export async function beginCurrent(
  runner: Runner,
  clock: Clock,
  isAgain = false,
): Promise<Result<null> | null> {
  const { ledger } = runner;
  const { environment, status, opening } = ledger.environment;
  if (status === 'down' || environment === null || opening?.restarted === true) return null;
  const release = await currentRelease(runner);
  if (release === null) return null;
  const seen = isAgain ? null : await runner.look();
  if (!isAgain && (seen === null || seen.replicas.length > 0)) return null;
  const changes = opening === null ? {} : { opening: { ...opening, restarted: true } };
  return beginRollout(runner, clock, { environment, release, from: null, manner: 'first' }, changes);
}

function finish(runner: Runner, type: string, data: object): Promise<Result<null>> {
  const { ledger } = runner;
  const row = { ...ledger.environment, opening: null };
  return ledger.commit({ entries: [{ type, data }], environment: row }, runner.epoch());
}
