import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { StoreSpec } from '#core/system';
import { type Clock, ok, type Result } from '#kernel';
import { openKey, openPlace, openRepository, parsePlace } from '#recovery';
import { stateFolder } from './control-file.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Fairway's own variables over those of the system's `.env`. */
export function variablesOf(folder: string, own: Variables): Variables {
  const given = Object.entries(own).filter(([, value]) => value !== undefined && value !== '');
  return { ...dotenvOf(folder), ...Object.fromEntries(given) };
}

function dotenvOf(folder: string): Variables {
  try {
    return parseEnv(readFileSync(join(folder, '.env'), 'utf8'));
  } catch {
    return {}; // there is none; whoever needs what would stand in it says what is missing
  }
}

/**
 * Where copies go: FAIRWAY_BACKUP_TO, else the first address that a store declares ("another region" is none), else a folder
 * below `.fairway`, which is lost with the machine.
 */
export function placeOf(
  folder: string,
  environment: string,
  stores: readonly StoreSpec[],
  variables: Variables,
): string {
  const named = variables['FAIRWAY_BACKUP_TO'];
  if (named !== undefined && named !== '') return named;
  const declared = stores.flatMap(({ backup }) => backup?.to ?? []);
  const address = declared.find((text) => parsePlace(text, folder) !== null);
  return address ?? join(stateFolder(folder), environment, 'backups');
}

/** The file with the key that opens the copies of an environment. */
export function keyFileOf(folder: string, environment: string, variables: Variables): string {
  const named = variables['FAIRWAY_RECOVERY_KEY_FILE'];
  if (named === undefined || named === '') return join(stateFolder(folder), environment, 'recovery.key');
  return isAbsolute(named) ? named : resolve(folder, named);
}

/** The place opened with its key. A key is made only in Fairway's own file. Failures: those of `openPlace` and `openKey`. */
export async function openPlaceWith(options: {
  readonly folder: string;
  readonly place: string;
  readonly keyFile: string;
  readonly create: boolean;
  readonly variables: Variables;
  readonly clock: Clock;
}): Promise<Result<ReturnType<typeof openRepository>>> {
  const { folder: systemFolder, place, keyFile, create, variables, clock } = options;
  const depot = openPlace(place, { systemFolder, variables, clock });
  if (!depot.ok) return depot;
  const key = await openKey(keyFile, { create });
  return key.ok ? ok(openRepository(depot.value, key.value)) : key;
}
