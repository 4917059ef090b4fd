import type { Hold } from '#core/recovery';
import { type Clock, fail, ok, type Random, type Result } from '#kernel';
import { holdFile, newId } from './layout.ts';
import { parseHold } from './record-schemas.ts';
import type { Repository } from './contract.ts';

export interface HoldAsk {
  readonly of: string;
  readonly copy: string | null;
  readonly reason: string;
  readonly by: string;
}

export interface Holds {
  add(ask: HoldAsk, signal: AbortSignal): Promise<Result<Hold>>;
  /** Oldest first. One that cannot be read is a failure: nobody knows what it covers, so nothing may be deleted. */
  list(signal: AbortSignal): Promise<Result<readonly Hold[]>>;
  /** Idempotent. */
  release(id: string, signal: AbortSignal): Promise<Result<null>>;
}

/** What is held in the repository of one environment. */
export function createHolds(
  repository: Repository,
  root: string,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Holds {
  const { depot } = repository;
  return {
    add: async ({ of, copy, reason, by }, signal) => {
      const at = clock.now();
      const hold: Hold = { id: newId(at, random), of, copy, reason, by, at };
      const written = await repository.writeDocument(holdFile(root, hold.id), hold, signal);
      return written.ok ? ok(hold) : written;
    },
    list: async (signal) => {
      const listed = await depot.list(`${root}holds/`, signal);
      if (!listed.ok) return listed;
      const holds: Hold[] = [];
      for (const { path } of listed.value) {
        const read = await repository.readDocument(path, signal);
        if (!read.ok && read.error.code === 'backup_part_missing') continue; // released since it was listed
        if (!read.ok) return read;
        const hold = parseHold(read.value);
        if (hold === null || holdFile(root, hold.id) !== path) {
          const reason = 'it is not the record of a hold';
          return fail('backup_document_damaged', { place: depot.shown, path, reason });
        }
        holds.push(hold);
      }
      return ok(holds);
    },
    release: (id, signal) => depot.remove(holdFile(root, id), signal),
  };
}
