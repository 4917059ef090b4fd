import { readdir, readlink } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface Walk {
  /** Relative to the folder; a folder stands before what is in it. */
  readonly entries: readonly string[];
  /** Links that lead out of the folder: bringing them back would be unsafe. */
  readonly leadingOut: readonly string[];
  /** Sockets, pipes, devices. */
  readonly special: readonly string[];
}

/** All that is in a folder, links not followed. `isLeftOut` is asked with each entry's name and relative path. */
export async function walk(
  folder: string,
  isLeftOut: (name: string, path: string) => boolean = () => false,
): Promise<Walk> {
  const found = { entries: [] as string[], leadingOut: [] as string[], special: [] as string[] };
  const enter = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (isLeftOut(entry.name, path)) continue;
      if (entry.isSymbolicLink()) {
        const target = await readlink(join(folder, path));
        found[leadsOut(path, target) ? 'leadingOut' : 'entries'].push(path);
      } else if (entry.isFile()) found.entries.push(path);
      else if (entry.isDirectory()) {
        found.entries.push(path);
        await enter(path);
      } else found.special.push(path);
    }
  };
  await enter('');
  return found;
}

/**
 * By its text alone: what the link would lead to may be another link, but that one is judged as well. `..` may stand only
 * at the beginning, where it climbs real folders: behind a name that is itself a link it would climb from elsewhere.
 */
export function leadsOut(link: string, target: string): boolean {
  if (target.startsWith(sep) || target.includes('\0')) return true;
  const steps = target.split(sep).filter((step) => step !== '' && step !== '.');
  const firstName = steps.findIndex((step) => step !== '..');
  const climbed = firstName === -1 ? steps.length : firstName;
  const depth = link.split(sep).length - 1;
  return climbed > depth || steps.slice(climbed).includes('..');
}
