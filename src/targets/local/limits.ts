import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Service } from '#core/system';
import { mebibytes } from '#kernel';
import type { Capabilities } from '#ports';

/** Control groups of this machine, version 1 or 2, as far as this process may use them. */
export interface Limits {
  readonly memory: Capabilities['memoryLimit'];
  readonly cpu: Capabilities['cpuLimit'];
  /** Makes the groups of a replica; the folders to remove later, none when nothing is to be limited; null: it failed. */
  prepare(name: string, resources: Service['resources']): readonly string[] | null;
  /** Puts a process that has just been started into its groups; false when that failed. */
  join(folders: readonly string[], pid: number): boolean;
  /** Whether the kernel killed a process of these groups for its memory. */
  wasKilledForMemory(folders: readonly string[]): boolean;
  remove(folders: readonly string[]): void;
}

interface Controller {
  /** Folder under which our groups are made. */
  readonly base: string;
  /** File in a group → text, for this much memory or this many processors. */
  files(resources: Service['resources']): readonly Setting[];
}

interface Setting {
  readonly name: string;
  readonly text: string;
  /** Refines the limit where the kernel has it, such as no way out into swap. */
  readonly optional?: true;
}

interface Controllers {
  readonly memory: Controller | null;
  readonly cpu: Controller | null;
}

/** Half a window of the scheduler's usual 100 ms for `cpu: 0.5`. */
const periodMicros = 100_000;

/**
 * Finds out by trying: a group is made and removed. Without control groups memory is watched from outside (see
 * `rss.ts`) and processor time is not limited.
 */
export function detectLimits(mark: string, allowed: boolean): Limits {
  const found = allowed && process.platform === 'linux' ? findControllers() : { memory: null, cpu: null };
  const memory = found.memory !== null && works(found.memory, mark) ? found.memory : null;
  const cpu = found.cpu !== null && works(found.cpu, mark) ? found.cpu : null;
  return {
    memory: memory === null ? 'watched' : 'enforced',
    cpu: cpu === null ? 'none' : 'enforced',
    prepare(name, resources) {
      const wanted = new Set<string>();
      const groups = [resources.memory === null ? null : memory, resources.cpu === null ? null : cpu];
      for (const controller of groups) {
        if (controller === null) continue;
        const folder = join(controller.base, 'fairway', mark, name);
        if (!makeGroup(controller, folder, resources)) return null;
        wanted.add(folder);
      }
      return [...wanted];
    },
    join: (folders, pid) => folders.every((folder) => put(join(folder, 'cgroup.procs'), String(pid))),
    wasKilledForMemory: (folders) => folders.some((folder) => kills(folder) > 0),
    remove: (folders) => {
      for (const folder of folders)
        for (const each of [folder, dirname(folder), dirname(dirname(folder))]) drop(each);
    },
  };
}

function findControllers(): Controllers {
  const root = '/sys/fs/cgroup';
  if (existsSync(join(root, 'cgroup.controllers'))) return versionTwo(root);
  return { memory: versionOneMemory(root), cpu: versionOneCpu(root) };
}

function versionTwo(root: string): Controllers {
  const available = read(join(root, 'cgroup.controllers')).split(/\s+/);
  const memory: Controller = {
    base: root,
    files: ({ memory }) =>
      memory === null
        ? []
        : [
            { name: 'memory.max', text: String(memory) },
            { name: 'memory.swap.max', text: '0', optional: true },
          ],
  };
  const cpu: Controller = {
    base: root,
    files: ({ cpu }) =>
      cpu === null ? [] : [{ name: 'cpu.max', text: `${Math.round(cpu * periodMicros)} ${periodMicros}` }],
  };
  return {
    memory: available.includes('memory') ? memory : null,
    cpu: available.includes('cpu') ? cpu : null,
  };
}

function versionOneMemory(root: string): Controller | null {
  const base = ownGroup(root, 'memory');
  if (base === null) return null;
  return {
    base,
    files: ({ memory }) =>
      memory === null
        ? []
        : [
            { name: 'memory.limit_in_bytes', text: String(memory) },
            { name: 'memory.memsw.limit_in_bytes', text: String(memory), optional: true },
          ],
  };
}

function versionOneCpu(root: string): Controller | null {
  const base = ownGroup(root, 'cpu') ?? ownGroup(root, 'cpu,cpuacct');
  if (base === null) return null;
  return {
    base,
    files: ({ cpu }) =>
      cpu === null
        ? []
        : [
            { name: 'cpu.cfs_period_us', text: String(periodMicros) },
            { name: 'cpu.cfs_quota_us', text: String(Math.round(cpu * periodMicros)) },
          ],
  };
}

/** Our groups lie below the one we are in ourselves, so that whatever bounds us bounds our children too. */
function ownGroup(root: string, controller: string): string | null {
  const mount = join(root, controller);
  if (!existsSync(mount)) return null;
  for (const line of read('/proc/self/cgroup').split('\n')) {
    const [, names, path] = line.split(':');
    if (path === undefined || !names?.split(',').includes(controller.split(',')[0] ?? '')) continue;
    // A group of ours again, when Fairway itself runs as a replica of Fairway: stay beside it.
    const own = join(mount, path.replace(/\/fairway\/.*$/, ''));
    return existsSync(own) ? own : mount;
  }
  return mount;
}

function works(controller: Controller, mark: string): boolean {
  const folder = join(controller.base, 'fairway', mark, `try-${process.pid}`);
  const made = makeGroup(controller, folder, { memory: mebibytes(64), cpu: 1 });
  for (const each of [folder, dirname(folder), dirname(dirname(folder))]) drop(each);
  return made;
}

function makeGroup(controller: Controller, folder: string, resources: Service['resources']): boolean {
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    return false;
  }
  const settings = controller.files(resources);
  if (settings[0] !== undefined && !existsSync(join(folder, settings[0].name)))
    delegate(controller.base, folder);
  return settings.every(({ name, text, optional }) => put(join(folder, name), text) || optional === true);
}

/** Version 2: a controller is usable in a group only when every group above hands it down. */
function delegate(base: string, folder: string): void {
  for (const each of [base, dirname(dirname(folder)), dirname(folder)])
    for (const controller of ['+memory', '+cpu']) put(join(each, 'cgroup.subtree_control'), controller);
}

function kills(folder: string): number {
  const text = `${read(join(folder, 'memory.events'))}\n${read(join(folder, 'memory.oom_control'))}`;
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function put(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

function drop(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // still in use by another replica, or gone
  }
}
