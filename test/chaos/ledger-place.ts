import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { StoreSpec } from '#core/system';
import { instant, seconds } from '#kernel';
import { openCatalogue } from '../../src/recovery/catalogue.ts';
import { openKey } from '../../src/recovery/key.ts';
import { openFolderDepot } from '../../src/recovery/repository/folder-depot.ts';
import { openRepository } from '../../src/recovery/repository/repository.ts';
import { applicationLogin } from '../../src/stores/postgres/logins.ts';
import type { Place } from '../e2e/place.ts';

export const clock = {
  now: () => instant(Date.now()),
  sleep: (length: number, signal?: AbortSignal) =>
    wait(length, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** As the definition of the ledger has it. */
export const ledgerSpec: StoreSpec = {
  kind: 'postgres',
  name: 'database',
  version: null,
  database: 'database',
  backup: { full: null, longTerm: null, logEvery: seconds(2), pointInTime: null, to: null },
};

const stateOf = (place: Place) => join(place.folder, '.fairway', 'dev');

export const storeOf = (place: Place) => join(stateOf(place), 'stores', 'database');

export interface Server extends pg.ClientConfig {
  readonly pid: number;
}

/** How a service logs in to the server of a store's folder, and its process. */
export function serverOf(folder: string): Server {
  const state = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as {
    readonly access: { readonly port: number; readonly secret: string };
    readonly process: { readonly pid: number } | null;
  };
  return { ...applicationLogin(state.access, 'database'), host: '127.0.0.1', pid: state.process?.pid ?? 0 };
}

export const loginOf = (place: Place) => serverOf(storeOf(place));

export async function query(login: pg.ClientConfig, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(login);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** What lies in the place for backups, read with the key as somebody does who has nothing else left. */
export async function catalogueOf(place: Place) {
  const key = await openKey(join(stateOf(place), 'recovery.key'), { create: false });
  if (!key.ok) throw new Error(key.error.code);
  const repository = openRepository(openFolderDepot({ root: join(stateOf(place), 'backups') }), key.value);
  return openCatalogue({
    repository,
    system: 'ledger',
    environment: { name: 'dev' },
    clock,
    random: Math.random,
  });
}
