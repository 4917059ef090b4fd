import { dirname } from 'node:path';
import type { Revision } from '#core/release';
import { fail, ok, type Random, type Result } from '#kernel';
import type { EffectContext } from '#ports';
import { type ReplicaRecord, withoutReplicas } from './book.ts';
import { startIntended } from './intent.ts';
import { pickPort } from './ports.ts';
import { pruneLogs } from './rotation.ts';
import { portsInUse, recordsOf, type Session, supervise } from './session.ts';

/**
 * Starts what is missing of `count` replicas. Those that drain or stop do not count, those that wait for their next
 * start do. Failures: `not_open`, `no_free_port`, those of `launchReplica`; then what could not be started is
 * forgotten again, and what could is kept.
 */
export function ensureReplicas(
  session: Session,
  { revision, count }: { revision: Revision; count: number },
  context: EffectContext,
): Promise<Result<null>> {
  if (!session.isOpen) return Promise.resolve(fail('not_open'));
  return session.inTurn(revision.id, async () => {
    const serving = recordsOf(session, revision.id).filter(({ phase }) => phase === 'serving');
    const missing = Math.max(0, count - serving.length);
    const intended = await intend(session, revision, missing);
    if (!intended.ok) return intended;
    // Also those that were written down once and never started, because the disk was full at that moment.
    const idle = serving.map(({ replica }) => replica).filter((replica) => !session.supervisors.has(replica));
    const started = await Promise.all(
      [...idle, ...intended.value].map((replica) => start(session, replica, context)),
    );
    const alive = new Set(session.book.state().replicas.map(({ replica }) => replica));
    await pruneLogs(dirname(session.folders.log(revision.service, '')), alive);
    return started.find((result) => !result.ok) ?? ok(null);
  });
}

/** Writes down the replicas to come. Ports are chosen in turn, so that two asks at once do not choose the same. */
function intend(session: Session, revision: Revision, missing: number): Promise<Result<readonly string[]>> {
  return session.inTurn(' ports', async () => {
    const { book, options } = session;
    const added: ReplicaRecord[] = [];
    const taken = portsInUse(session);
    const names = new Set(book.state().replicas.map(({ replica }) => replica));
    while (added.length < missing) {
      const port = await pickPort(options.random, taken);
      if (!port.ok) return port;
      const replica = newName(revision.id, names, options.random);
      taken.add(port.value);
      names.add(replica);
      added.push(newRecord(session, revision, replica, port.value));
    }
    if (added.length === 0) return ok([]);
    const written = await book.change((state) => ({
      ...state,
      revisions: { ...state.revisions, [revision.id]: revision },
      replicas: [...state.replicas, ...added],
    }));
    return written.ok ? ok(added.map(({ replica }) => replica)) : written;
  });
}

function newRecord(session: Session, revision: Revision, replica: string, port: number): ReplicaRecord {
  return {
    replica,
    service: revision.service,
    revision: revision.id,
    createdAt: session.options.clock.now(),
    port,
    process: null,
    phase: 'serving',
    crashes: 0,
    served: false,
    role: 'passive',
    limits: [],
  };
}

/** No vowels: no words by chance. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';

function newName(revision: string, taken: ReadonlySet<string>, random: Random): string {
  for (;;) {
    const ending = Array.from({ length: 5 }, () => letters[Math.floor(random() * letters.length)]).join('');
    const name = `${revision}-${ending}`;
    if (!taken.has(name)) return name;
  }
}

async function start(session: Session, replica: string, context: EffectContext): Promise<Result<null>> {
  const started = context.signal.aborted
    ? fail('cancelled', { what: context.key })
    : await startIntended(session.book, session.pad, replica);
  if (started.ok) {
    supervise(session, replica, started.value);
    return ok(null);
  }
  await session.book.change(withoutReplicas(new Set([replica])));
  return started;
}
