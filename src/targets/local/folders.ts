import { createHash } from 'node:crypto';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '#kernel';
import type { Place } from '#ports';
import { diskFailure, ensureFolder } from './files.ts';

/** Where everything of one environment lies. All paths are absolute. */
export interface Folders {
  readonly root: string;
  readonly snapshots: string;
  readonly environment: string;
  readonly logs: string;
  readonly jobs: string;
  readonly router: string;
  readonly state: string;
  readonly secrets: string;
  readonly ports: string;
  /** Where restored stores are made, and former data are kept. */
  readonly recovery: string;
  store(name: string): string;
  log(service: string, replica: string): string;
}

export function foldersOf(place: Place): Folders {
  const root = join(place.folder, '.fairway');
  const environment = join(root, place.environment);
  return {
    root,
    snapshots: join(root, 'snapshots'),
    environment,
    logs: join(environment, 'logs'),
    jobs: join(environment, 'jobs'),
    router: join(environment, 'router'),
    state: join(environment, 'replicas.json'),
    secrets: join(environment, 'secrets.json'),
    ports: join(environment, 'ports.json'),
    recovery: join(environment, 'recovery'),
    store: (name) => join(environment, 'stores', name),
    log: (service, replica) => join(environment, 'logs', service, `${replica}.log`),
  };
}

/** Creates the folders that must be there before anything else. Failures: those of `diskFailure`. */
export async function prepareFolders(folders: Folders): Promise<Result<null>> {
  for (const folder of [
    folders.root,
    folders.snapshots,
    folders.environment,
    folders.logs,
    folders.jobs,
    folders.router,
    join(folders.environment, 'stores'),
  ]) {
    const made = await ensureFolder(folder);
    if (!made.ok) return made;
  }
  return keepOutOfGit(join(folders.root, '.gitignore'));
}

async function keepOutOfGit(file: string): Promise<Result<null>> {
  try {
    await access(file);
    return ok(null);
  } catch {
    // not there yet
  }
  try {
    await writeFile(file, '*\n', { flag: 'wx' });
    return ok(null);
  } catch (reason) {
    return diskFailure(file, reason);
  }
}

/** Marks the children of one environment at one place, so that they can be told from all others on this machine. */
export function placeMark(place: Place): string {
  const text = `${place.folder}\0${place.environment}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
