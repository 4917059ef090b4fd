import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Which process is meant, beyond its number: numbers are used again, a number together with its start time is not.
 * `started` is opaque text, to be compared for equality only.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** The identity of a running process; null when there is none (zombies count as none). */
export function identify(pid: number): ProcessIdentity | null {
  const seen = look(pid);
  return seen === null || seen.dead ? null : { pid, started: seen.started };
}

/**
 * The identity of a child that was started in this very moment and may have ended already. Valid only before the
 * event loop turns: until then the child has not been collected, so its number cannot mean another process.
 */
export function identifyChild(pid: number): ProcessIdentity | null {
  const seen = look(pid);
  return seen === null ? null : { pid, started: seen.started };
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

interface Look {
  readonly started: string;
  readonly dead: boolean;
}

function look(pid: number): Look | null {
  return process.platform === 'linux' ? lookOnLinux(pid) : lookByPs(pid);
}

/** Field 22 of /proc/PID/stat, ticks since boot, with the boot's id; the name in field 2 may hold spaces and brackets. */
function lookOnLinux(pid: number): Look | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return started === undefined
      ? null
      : { started: `${bootId()}:${started}`, dead: state === 'Z' || state === 'X' };
  } catch {
    return null; // no such process
  }
}

let knownBootId: string | undefined;
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return knownBootId;
}

function lookByPs(pid: number): Look | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: 2_000,
    }).trim();
    return line === '' ? null : { started: line.replace(/^\S+\s+/, ''), dead: line.startsWith('Z') };
  } catch {
    return null; // ps exits with 1 where there is no such process
  }
}
