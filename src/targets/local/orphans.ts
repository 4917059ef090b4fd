import { readdir, readFile } from 'node:fs/promises';
import { identify, type ProcessIdentity } from '#process';

/** A process that carries the mark of this environment in its environment variables. */
export interface MarkedProcess {
  readonly identity: ProcessIdentity;
  /** Leads its session: started by us, not by one of our children. */
  readonly leads: boolean;
  /** Which replica it is, or null for a check or a job. */
  readonly replica: string | null;
  /** Which run of a job it belongs to, or null. */
  readonly run: string | null;
  readonly port: number | null;
}

/**
 * All running processes that were started for this place, the oldest first. Where the system does not tell the
 * environment of processes (anywhere but Linux) the answer is empty.
 */
export async function findMarked(mark: string): Promise<readonly MarkedProcess[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => examine(pid, mark)));
  return found
    .filter((each) => each !== null)
    .sort((a, b) => a.startedTicks - b.startedTicks)
    .map(({ startedTicks: _ticks, ...marked }) => marked);
}

async function examine(
  pid: number,
  mark: string,
): Promise<(MarkedProcess & { readonly startedTicks: number }) | null> {
  if (pid === process.pid) return null;
  try {
    const variables = await readFile(`/proc/${pid}/environ`, 'utf8');
    if (!variables.includes(`FAIRWAY_PLACE=${mark}\0`)) return null;
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const identity = identify(pid);
    if (identity === null) return null;
    const port = valueOf(variables, 'PORT');
    return {
      identity,
      leads: Number(fields[3]) === pid,
      replica: valueOf(variables, 'FAIRWAY_REPLICA'),
      run: valueOf(variables, 'FAIRWAY_RUN'),
      port: port === null ? null : Number(port),
      startedTicks: Number(fields[19]),
    };
  } catch {
    return null; // it ended, or belongs to another user
  }
}

function valueOf(variables: string, name: string): string | null {
  const line = variables.split('\0').find((each) => each.startsWith(`${name}=`));
  return line === undefined ? null : line.slice(name.length + 1);
}
