import type { Running } from '../candidates/candidate.ts';
import { holdSockets } from '../generator/index.ts';
import { usageOf } from '../processes.ts';

export interface Sockets {
  readonly wanted: number;
  readonly opened: number;
  readonly asked: number;
  readonly echoed: number;
  /** Why not all were opened. */
  readonly reason: string | null;
  readonly perSecond: number;
  /** Bytes of the candidate per socket; null when it has no process of its own. */
  readonly bytesEach: number | null;
}

/** A proxy has two open files per socket; some are left for its other needs. */
export const mostSockets = (openFiles: number): number => Math.floor((openFiles - 500) / 2);

export async function measureSockets({ pid }: Running, port: number, count: number): Promise<Sockets> {
  const before = bytesOf(pid);
  const { held, end } = await holdSockets(port, count);
  const after = bytesOf(pid);
  await end();
  const { opened, asked, echoed, reason, seconds } = held;
  return {
    wanted: count,
    opened,
    asked,
    echoed,
    reason,
    perSecond: opened / seconds,
    bytesEach: before === null || after === null || opened === 0 ? null : (after - before) / opened,
  };
}

function bytesOf(pid: number | null): number | null {
  const usage = usageOf(pid);
  return usage === null ? null : (usage.proportional ?? usage.resident);
}
