import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, fail, type Random, type Result } from '#kernel';
import { takeLock } from '#process';
import type { EmbeddedStore } from '../../contract.ts';
import { type Access, codeOf, findHome, type Ground, readState, supervise } from '../../supervisor/index.ts';
import { archiveFolder } from '../copies/archive.ts';
import type { PostgresSpec } from '../kind.ts';
import type { Tell } from './events.ts';
import { dataOf, standbyFolder } from './folders.ts';
import { standbyKind } from './standby-kind.ts';

/** A primary and its standbys: what every part of their care needs to know. */
export interface Group {
  /** Of the store; the primary's data is always in its home. */
  readonly folder: string;
  readonly spec: PostgresSpec;
  /** As declared; null when none are, and those of before are to go. */
  readonly standbys: NonNullable<PostgresSpec['standbys']> | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  /** The primary as a single server, and how it is started. */
  readonly primary: EmbeddedStore;
  readonly ground: Ground;
}

/** Each call is a view of the same server: what is known of it is in its folder. */
export function standbyStore(group: Group, number: number, primary: Access): EmbeddedStore {
  const { spec, clock, random } = group;
  const archive = async () => {
    const home = await findHome(group.folder);
    return home === null ? null : archiveFolder(home);
  };
  const kind = standbyKind(spec, number, primary, archive);
  return supervise({ folder: standbyFolder(group.folder, number), kind, clock, random });
}

/** How to log in to a standby as the administrator; null when it was never started. */
export async function standbyAccess(group: Group, number: number, primary: Access): Promise<Access | null> {
  const state = await readState(standbyFolder(group.folder, number));
  if (!state.ok || state.value.access === null) return null;
  return { port: state.value.access.port, secret: primary.secret };
}

/** Numbers of the standbys that have a folder, made or half made. */
export async function presentStandbys(folder: string): Promise<readonly number[]> {
  try {
    const names = await readdir(join(folder, 'standbys'));
    return names
      .filter((name) => /^[1-9]\d*$/.test(name))
      .map(Number)
      .toSorted((a, b) => a - b);
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return [];
    throw reason;
  }
}

/** Numbers of the standbys whose data is whole. */
export async function wholeStandbys(folder: string): Promise<readonly number[]> {
  const present = await presentStandbys(folder);
  const data = await Promise.all(present.map((number) => dataOf(standbyFolder(folder, number))));
  return present.filter((_, place) => data[place] !== null);
}

/**
 * Only one at a time works on a standby's folder, also when a store is opened twice (a changed definition, a control
 * plane that takes over while the former one still copies). Failures: `store_standby_busy` (facts: store, standby).
 */
export async function withStandby<T>(
  { folder, spec }: Group,
  number: number,
  work: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const lock = takeLock(join(folder, `standby-${number}.lock`));
  if (!lock.ok) return fail('store_standby_busy', { store: spec.name, standby: number });
  try {
    return await work();
  } finally {
    lock.value();
  }
}
