import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { find } from './ground.ts';

const run = promisify(execFile);

export interface Machine {
  readonly processors: number;
  readonly model: string;
  readonly kernel: string;
  readonly memoryGigabytes: number;
  readonly loadAverage: number;
  /** The share (0 to 1) of the processors that was busy before the bench began; null when unknown. */
  readonly busyBefore: number | null;
  /** Open files a process may have. */
  readonly openFiles: number;
  readonly versions: Readonly<Record<string, string | null>>;
}

export async function describeMachine(): Promise<Machine> {
  const list = cpus();
  return {
    processors: list.length,
    model: list[0]?.model ?? 'unknown',
    kernel: `${process.platform} ${release()}`,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    loadAverage: loadavg()[0] ?? Number.NaN,
    busyBefore: await busyShare(),
    openFiles: openFileLimit(),
    versions: {
      node: process.version.slice(1),
      haproxy: await versionOf('haproxy', '-v'),
      nginx: await versionOf('nginx', '-v'),
      caddy: await versionOf('caddy', 'version'),
      wrk: await versionOf('wrk', '-v'),
    },
  };
}

/** Null: nothing to warn about. */
export function busyWarning({ busyBefore, loadAverage, processors }: Machine): string | null {
  const isBusy = (busyBefore ?? 0) > 0.15 || loadAverage > processors / 2;
  if (!isBusy) return null;
  const share = busyBefore === null ? '' : `${Math.round(busyBefore * 100)} % of the processors, `;
  return `The machine was busy with something else before the start (${share}load average ${loadAverage.toFixed(1)}): rates and latencies are noise, processor time per request is the figure to trust.`;
}

async function versionOf(program: string, flag: string): Promise<string | null> {
  const path = find(program);
  if (path === null) return null;
  const told = await run(path, [flag], { timeout: 10_000 }).catch((reason: unknown) => reason);
  const text = typeof told === 'object' && told !== null ? Object.values(told).join(' ') : '';
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? 'unknown';
}

async function busyShare(): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const before = jiffies();
  await wait(500);
  const after = jiffies();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

/** proc(5), /proc/stat: user nice system idle iowait irq softirq steal. */
function jiffies(): { readonly idle: number; readonly all: number } {
  const [, ...fields] = (readFileSync('/proc/stat', 'latin1').split('\n')[0] ?? '').split(/\s+/);
  const counts = fields.slice(0, 8).map(Number);
  return {
    idle: (counts[3] ?? 0) + (counts[4] ?? 0),
    all: counts.reduce((sum, count) => sum + count, 0),
  };
}

function openFileLimit(): number {
  if (process.platform !== 'linux') return 1_024;
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const limit = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1] ?? '1024';
  return limit === 'unlimited' ? 1_000_000 : Number(limit);
}
