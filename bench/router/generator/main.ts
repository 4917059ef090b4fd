import { closedLoop } from './closed.ts';
import { openLoop } from './open.ts';
import { openSockets } from './sockets.ts';
import type { Task, Told } from './task.ts';

/** A process of its own, so that the bench's work is in nobody's latency. The task is its argument, as JSON. */
const task = JSON.parse(process.argv[2] ?? '') as Task;
process.once('disconnect', () => process.exit(0)); // the bench has ended
const tell = (told: Told) => new Promise<void>((resolve) => process.send?.(told, () => resolve()));

await tell({ kind: 'began' });
if (task.kind === 'sockets') {
  await tell({ kind: 'sockets', result: await openSockets(task) });
} else {
  if (task.kind === 'open') await tell({ kind: 'open', result: await openLoop(task) });
  else await tell({ kind: 'closed', result: await closedLoop(task) });
  process.exit(0);
}
