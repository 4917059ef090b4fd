import { randomUUID } from 'node:crypto';
import { type Clock, currentRequest, type Log, repeat } from 'fairway-kit';
import type { AuditEntry } from './domain/audit.ts';
import type { Repository } from './repository/repository.ts';
import type { Caller } from './tokens.ts';

export type Event = Pick<AuditEntry, 'action' | 'subject'> & {
  readonly by: Pick<Caller, 'userId' | 'email'> | { readonly userId: null; readonly email: string | null };
  readonly outcome?: AuditEntry['outcome'];
  readonly detail?: string | null;
};

/** Who did what. Changes are recorded in their own transaction; what changes nothing is written down soon after. */
export interface Trail {
  /** The entry of a change, to be handed to the repository with it. */
  entry(event: Event): AuditEntry;
  /** Puts the entry of a change that has happened into the log. */
  tell(entry: AuditEntry): void;
  /**
   * Records a read or a refused attempt, in the log at once. False when so many wait for the database that no more can be
   * promised: then it must not happen.
   */
  note(event: Event): boolean;
  /** Writes down what waits. What cannot be written because the database is away stays in the log. */
  finish(): Promise<void>;
}

const most = 10_000;
const atOnce = 500;
const every = 250; // milliseconds

export function createTrail(
  repository: Repository,
  { clock, log, stopping }: { readonly clock: Clock; readonly log: Log; readonly stopping: AbortSignal },
): Trail {
  let waiting: AuditEntry[] = [];
  let isFailing = false;
  const flush = async () => {
    while (waiting.length > 0) {
      const part = waiting.slice(0, atOnce);
      await repository.record(part); // tried again when it fails: the ids keep entries from being there twice
      waiting = waiting.slice(part.length);
    }
    isFailing = false;
  };
  const failed = (reason: unknown) => {
    if (!isFailing) log.warning('audit entries wait for the database', { waiting: waiting.length, reason });
    isFailing = true;
  };
  const ended = repeat({ clock, wait: every, signal: stopping }, flush, failed);
  const entry = (event: Event) => entryOf(event, clock.now());
  const tell = ({ action, ...fields }: AuditEntry) => log.audit(action, fields);

  return {
    entry,
    tell,
    note(event) {
      if (waiting.length >= most) return false;
      const noted = entry(event);
      waiting.push(noted);
      tell(noted);
      return true;
    },
    async finish() {
      await ended;
      await flush().catch(failed);
      if (waiting.length > 0) log.error('audit entries are in the log only', { waiting: waiting.length });
    },
  };
}

function entryOf({ by, action, subject, outcome = 'done', detail = null }: Event, at: number): AuditEntry {
  const request = currentRequest();
  return {
    id: randomUUID(),
    at,
    actorId: by.userId,
    actor: by.email,
    ...{ action, subject, outcome, detail },
    requestId: request?.correlationId ?? 'none',
    address: request?.address ?? null,
  };
}
