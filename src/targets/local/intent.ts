import { fail, type Result } from '#kernel';
import { signalGroup } from '#process';
import { type Book, withReplica } from './book.ts';
import { type LaunchPad, launchReplica, type Run } from './launch.ts';

/**
 * Writes down which port a replica is about to be started on. Killed between this and the record of the process, we
 * find the process by its marks (see `orphans.ts`). Failures: those of the book.
 */
export function intendReplica(book: Book, replica: string, port: number): Promise<Result<null>> {
  return book.change(
    withReplica(replica, (old) => ({ ...old, port, process: null, served: false, role: 'passive' })),
  );
}

/** Starts what is written down and writes down which process it is. Failures: those of `launchReplica` and the book. */
export async function startIntended(book: Book, pad: LaunchPad, replica: string): Promise<Result<Run>> {
  const record = book.state().replicas.find((each) => each.replica === replica);
  const spec = book.state().revisions[record?.revision ?? '']?.spec;
  if (record === undefined || spec === undefined) return fail('not_open');
  const limits = pad.limits.prepare(replica, spec.resources);
  if (limits === null) return fail('limits_not_applied', { replica });
  const run = await launchReplica(pad, book.state(), { ...record, limits });
  if (!run.ok) {
    pad.limits.remove(limits);
    return run;
  }
  const { identity } = run.value;
  const recorded = await book.change(withReplica(replica, (old) => ({ ...old, process: identity, limits })));
  if (recorded.ok) return run;
  signalGroup(identity.pid, 'SIGKILL'); // nobody would remember it
  return recorded;
}
