import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all its descendants used and use. */
export interface Usage {
  /** User and system time so far, microseconds, exact to 10,000. Of processes that live. */
  readonly processor: number;
  /** Bytes. Shared pages are counted in each process. */
  readonly resident: number;
  /** Bytes, shared pages divided among those that share them; null where the system does not tell. */
  readonly proportional: number | null;
}

/** Null outside Linux and for processes that are gone. */
export function usageOf(pid: number | null): Usage | null {
  if (pid === null || process.platform !== 'linux') return null;
  const stats = readStats();
  if (!stats.has(pid)) return null;
  const tree = treeOf(pid, stats);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const proportions = tree.map(({ pid: each }) => proportionalOf(each));
  return {
    processor: sum(tree.map(({ processor }) => processor)),
    resident: sum(tree.map(({ resident }) => resident)),
    proportional: proportions.includes(null) ? null : sum(proportions.filter((each) => each !== null)),
  };
}

/** A process and all its descendants; the process alone outside Linux. */
export function processTree(pid: number): readonly number[] {
  if (process.platform !== 'linux') return [pid];
  return treeOf(pid, readStats()).map((each) => each.pid);
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly processor: number;
  readonly resident: number;
}

function readStats(): ReadonlyMap<number, Stat> {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)));
  return new Map(stats.map((stat) => [stat.pid, stat]));
}

/** proc(5): fields 4 (parent), 14 and 15 (time, hundredths of a second), 24 (resident pages of 4 KiB). */
function statOf(pid: number): readonly Stat[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const field = (number: number) => fields[number - 3] ?? 0;
    return [
      {
        pid,
        parent: field(4),
        processor: (field(14) + field(15)) * 10_000,
        resident: field(24) * 4_096,
      },
    ];
  } catch {
    return []; // it ended meanwhile
  }
}

function treeOf(root: number, stats: ReadonlyMap<number, Stat>): readonly Stat[] {
  const found = stats.get(root);
  const children = [...stats.values()].filter(({ parent }) => parent === root);
  return [...(found === undefined ? [] : [found]), ...children.flatMap(({ pid }) => treeOf(pid, stats))];
}

function proportionalOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    const kibibytes = /^Pss:\s+(\d+) kB/m.exec(text)?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1_024;
  } catch {
    return null;
  }
}
