import type { LogRecord } from '#core/recovery';
import { type Clock, fail, ok, type Result } from '#kernel';
import type { Content } from '#ports';
import { parsePiece, pieceFile } from './layout.ts';
import type { Repository } from './contract.ts';
import { collected, settled } from './stream.ts';

/** The kept log of the stores of one environment. */
export interface KeptLog {
  readonly add: (
    of: string,
    name: string,
    content: Content,
    signal: AbortSignal,
  ) => Promise<Result<LogRecord>>;
  readonly list: (of: string, signal: AbortSignal) => Promise<Result<readonly LogRecord[]>>;
  readonly read: (record: LogRecord, signal: AbortSignal) => Content;
  readonly remove: (record: LogRecord, signal: AbortSignal) => Promise<Result<null>>;
}

interface Found {
  readonly record: LogRecord;
  /** It has the size that its name says. One that has not is not part of the log, and gives way to the same piece. */
  readonly isWhole: boolean;
}

export function createLog(repository: Repository, root: string, clock: Clock): KeptLog {
  const { depot } = repository;

  const under = async (prefix: string, signal: AbortSignal): Promise<Result<readonly Found[]>> => {
    const listed = await depot.list(prefix, signal);
    if (!listed.ok) return listed;
    const found = listed.value.flatMap(({ path, stored }) => {
      const record = parsePiece(path);
      return record === null ? [] : [{ record, isWhole: record.stored === stored }];
    });
    return ok(found.sort((a, b) => byNameThenTime(a.record, b.record)));
  };

  const read = (record: LogRecord, signal: AbortSignal): Content =>
    repository.read(pieceFile(root, record), record, signal);

  const remove = (record: LogRecord, signal: AbortSignal) => depot.remove(pieceFile(root, record), signal);

  /** What to do about a piece of the same name: `same` is found again, `none` (it was damaged, and is gone) is written anew. */
  const compare = async (
    record: LogRecord,
    bytes: Buffer,
    signal: AbortSignal,
  ): Promise<Result<'same' | 'none'>> => {
    const found = await settled(async () => ok(await collected(read(record, signal), bytes.length)));
    if (found.ok) {
      const { of, name } = record;
      return found.value?.equals(bytes) === true ? ok('same') : fail('backup_log_differs', { of, name });
    }
    if (found.error.code !== 'backup_part_damaged') return found;
    const removed = await remove(record, signal);
    return removed.ok ? ok('none') : removed;
  };

  return {
    list: async (of, signal) => {
      const found = await under(`${root}log/${of}/`, signal);
      return found.ok ? ok(found.value.filter(({ isWhole }) => isWhole).map(({ record }) => record)) : found;
    },
    read,
    remove,
    add: (of, name, content, signal) =>
      settled(async () => {
        const bytes = await collected(content, Number.POSITIVE_INFINITY);
        const there = await under(`${root}log/${of}/${name}.`, signal);
        if (!there.ok) return there;
        for (const { record } of there.value.filter((found) => found.record.name === name)) {
          const same = await compare(record, bytes ?? Buffer.alloc(0), signal);
          if (!same.ok) return same;
          if (same.value === 'same') return ok(record);
        }
        const at = clock.now();
        const recordOf = ({ stored, sha256 }: { stored: number; sha256: string }) => ({
          ...{ of, name, at, stored, sha256 },
        });
        const written = await repository.writeNamed(
          (sealed) => pieceFile(root, recordOf(sealed)),
          bytes ?? Buffer.alloc(0),
          signal,
        );
        return written.ok ? ok(recordOf(written.value)) : written;
      }),
  };
}

function byNameThenTime(a: LogRecord, b: LogRecord): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.at - b.at;
}
