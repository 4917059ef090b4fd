import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, type Result } from '#kernel';
import { codeOf, findHome } from '../../supervisor/index.ts';

/** The folder of a standby, made like that of a store: a home of its own, and the notes about its process. */
export const standbyFolder = (folder: string, number: number) => join(folder, 'standbys', String(number));

/** The data folder of a store or a standby; null when it has none. */
export async function dataOf(folder: string): Promise<string | null> {
  const home = await findHome(folder);
  if (home === null) return null;
  const data = join(home, 'data');
  return (await isThere(join(data, 'PG_VERSION'))) ? data : null;
}

/** Failure: `store_data_missing` (facts: folder, data), always. */
export async function dataMissing(folder: string): Promise<Result<never>> {
  return fail('store_data_missing', { folder, data: (await findHome(folder)) ?? folder });
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return false;
    throw reason;
  }
}
