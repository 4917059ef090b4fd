import type { Environment } from '#core/system';
import { currentOf, type Engine, type Runner } from '#engine';
import { type Clock, type Failure, fail, type Instant, ok, type Random, type Result } from '#kernel';
import type { Store, Target } from '#ports';
import type { RecoverySite, Serving } from '#recovery';
import type { ServerOptions } from '#server';
import { readEnvironment } from './definitions.ts';
import { keyFileOf, openPlaceWith, placeOf, type Variables } from './recovery-place.ts';

export interface RecoveriesOptions {
  readonly system: string;
  /** As the store knows this control plane. */
  readonly owner: string;
  readonly folder: string;
  readonly engine: Engine;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly variables: Variables;
  readonly inCharge: ServerOptions['inCharge'];
  /** A target of its own for an environment that is not the engine's: a drill's. */
  readonly scratchFor: (environment: string) => Target;
  readonly copyJournal: RecoverySite['copyJournal'];
  readonly report: (failure: Failure) => void;
}

/** As it was last brought up, else as the folder declares it. */
export async function declaredOf(runner: Runner, folder: string, name: string): Promise<Result<Environment>> {
  const up = runner.ledger.environment.environment;
  if (up !== null) return ok(up);
  const declared = await readEnvironment(folder, name);
  return declared.ok ? declared : fail('definition_unusable', { findings: declared.error.findings.length });
}

/** What recovery of one environment works with. Failures: `recovery_not_here`, those of place and key. */
export async function siteOf(
  options: RecoveriesOptions,
  runner: Runner,
  environment: Environment,
  variables: Variables,
): Promise<Result<RecoverySite>> {
  const { system, owner, folder, store, clock, random, scratchFor, copyJournal, report } = options;
  const { name } = environment;
  const target = runner.target.recovery;
  if (target === undefined) return fail('recovery_not_here', { environment: name });
  // The key may have to be made, below the environment's folder.
  const work = await target.workFolder();
  if (!work.ok) return work;
  const place = placeOf(folder, name, environment.stores, variables);
  const keyFile = keyFileOf(folder, name, variables);
  const create = variables['FAIRWAY_RECOVERY_KEY_FILE'] === undefined;
  const repository = await openPlaceWith({ folder, place, keyFile, create, variables, clock });
  if (!repository.ok) return repository;
  return ok({
    system,
    owner,
    environment,
    target,
    repository: repository.value,
    store,
    clock,
    random,
    copyJournal,
    scratch: scratchFor,
    serving: () => servingOf(runner, clock),
    report,
  });
}

/** A release that may still be taken back pins the moment before it began. */
async function servingOf(runner: Runner, clock: Clock): Promise<Serving> {
  const { environment: row } = runner.ledger;
  const number = currentOf(row);
  const release = number === null ? null : await runner.ledger.release(number);
  const active = runner.active();
  const isWarm = row.warm !== null && row.warm.until > clock.now();
  const pins: Instant[] = [
    ...(isWarm && release !== null ? [release.createdAt] : []),
    ...(active === null ? [] : [active.startedAt]),
  ];
  return { isUp: row.status === 'up', release, pins };
}

const placeVariables = /^(?:FAIRWAY_BACKUP_TO|FAIRWAY_RECOVERY_KEY_FILE|AWS_.*)$/;

/** The variables that say where copies go: with others, recovery is made anew. */
export const placesIn = (variables: Variables) =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => placeVariables.test(name)));
