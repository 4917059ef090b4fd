import type { CopyRecord, LogRecord, PartRecord } from '#core/recovery';
import { type Clock, days, fail, invariant, ok, type Random, type Result } from '#kernel';
import type { Content, CopyFacts, PartSink, RestoreSource } from '#ports';
import { type CopyAddress, copiesAmong, type Survey, surveyCopies } from './repository/copies.ts';
import { SEGMENT } from './repository/depot-path.ts';
import { createHolds, type Holds } from './repository/holds.ts';
import { copyFolder, copyPart, copyRecord, newId, timeOfId } from './repository/layout.ts';
import { createLog } from './repository/log.ts';
import type { Repository } from './repository/contract.ts';

export interface CatalogueOptions {
  readonly repository: Repository;
  readonly system: string;
  readonly environment: { readonly name: string };
  readonly clock: Clock;
  readonly random: Random;
}

export interface CopyAsk {
  readonly of: string;
  readonly kind: CopyRecord['kind'];
  readonly why: string;
  readonly signal: AbortSignal;
}

/** A copy that is being made. What is left of it when it is not finished goes with a later sweep. */
export interface NewCopy {
  readonly id: string;
  /** Stores a part and reads it back; each name once. */
  readonly sink: PartSink;
  /** Writes its record, which makes it count. */
  finish(facts: CopyFacts): Promise<Result<CopyRecord>>;
  /** Removes what was stored: it is given up. */
  discard(): Promise<Result<null>>;
}

/** Copies, log and holds of one environment of one system, as they lie in a repository. */
export interface Catalogue {
  /** `age1…`: who can open what is stored. */
  readonly recipient: string;
  readonly holds: Holds;
  newCopy(ask: CopyAsk): NewCopy;
  /** Copies that can be brought back, oldest first. */
  copies(signal: AbortSignal): Promise<Result<readonly CopyRecord[]>>;
  /** The same with what is wrong with others; `of` null: of every store. */
  survey(of: string | null, signal: AbortSignal): Promise<Result<Survey>>;
  source(copy: CopyRecord, log: readonly LogRecord[], signal: AbortSignal): RestoreSource;
  /**
   * Stores a piece of a log, which is in memory meanwhile (16 MiB of Postgres). One of the same name and content is found
   * again; a damaged one is replaced. Failure: `backup_log_differs` (facts: of, name).
   */
  addPiece(of: string, name: string, content: Content, signal: AbortSignal): Promise<Result<LogRecord>>;
  /** Pieces that are there with their size, by name. */
  log(of: string, signal: AbortSignal): Promise<Result<readonly LogRecord[]>>;
  readPiece(record: LogRecord, signal: AbortSignal): Content;
  /** The record first, so that half a copy never counts. Failure: `backup_held` (facts: of, copy, reason, by). */
  removeCopy(copy: CopyAddress, signal: AbortSignal): Promise<Result<null>>;
  removePiece(record: LogRecord, signal: AbortSignal): Promise<Result<null>>;
  /** Removes copies that were begun more than a day ago and never finished; says which. */
  sweep(signal: AbortSignal): Promise<Result<readonly CopyAddress[]>>;
}

const ABANDONED_AFTER = days(1);

export function openCatalogue(options: CatalogueOptions): Catalogue {
  const { repository, system, environment, clock } = options;
  const root = `${system}/${environment.name}/`;
  const holds = createHolds(repository, root, options);
  const log = createLog(repository, root, clock);
  const making = new Set<string>();
  const site: Site = { ...options, root, making };
  const survey: Catalogue['survey'] = (of, signal) => surveyCopies(repository, root, of, signal);
  return {
    recipient: repository.recipient,
    holds,
    newCopy: (ask) => newCopy(site, ask),
    survey,
    copies: async (signal) => {
      const found = await survey(null, signal);
      return found.ok ? ok(found.value.copies) : found;
    },
    source: (copy, pieces, signal) => sourceOf(site, log.read, { copy, pieces, signal }),
    addPiece: log.add,
    log: log.list,
    readPiece: log.read,
    removePiece: log.remove,
    removeCopy: async ({ of, id }, signal) => {
      const held = await holds.list(signal);
      if (!held.ok) return held;
      const hold = held.value.find((each) => each.of === of && (each.copy === null || each.copy === id));
      if (hold !== undefined) {
        return fail('backup_held', { of, copy: id, reason: hold.reason, by: hold.by });
      }
      return removeCopy(site, { of, id }, signal);
    },
    sweep: (signal) => sweep(site, signal),
  };
}

interface Site extends CatalogueOptions {
  readonly root: string;
  /** Ids of copies that are being made here: their folders are not abandoned. */
  readonly making: Set<string>;
}

function newCopy(site: Site, { of, kind, why, signal }: CopyAsk): NewCopy {
  const { repository, root, clock, random, making, system, environment } = site;
  invariant(SEGMENT.test(of), `a store can be named in a path: ${of}`);
  const id = newId(clock.now(), random);
  const parts: PartRecord[] = [];
  making.add(id);
  return {
    id,
    sink: async (name, content) => {
      const written = await repository.write(copyPart(root, of, id, name), content, signal);
      if (!written.ok) return written;
      parts.push({ name, ...written.value });
      return ok(null);
    },
    finish: async ({ from, until, bytes, detail }) => {
      const copy: CopyRecord = {
        ...{ id, system, environment: environment.name, of, kind, from, until },
        verifiedAt: clock.now(),
        ...{ bytes, parts, detail, why },
      };
      const written = await repository.writeDocument(copyRecord(root, of, id), copy, signal);
      if (!written.ok) return written;
      making.delete(id);
      return ok(copy);
    },
    discard: async () => {
      // What was cancelled is tidied up all the same.
      const removed = await removeCopy(site, { of, id }, new AbortController().signal);
      if (removed.ok) making.delete(id);
      return removed;
    },
  };
}

interface SourceAsk {
  readonly copy: CopyRecord;
  readonly pieces: readonly LogRecord[];
  readonly signal: AbortSignal;
}

function sourceOf(
  { repository, root }: Site,
  readPiece: (record: LogRecord, signal: AbortSignal) => Content,
  { copy, pieces, signal }: SourceAsk,
): RestoreSource {
  const parts = new Map(copy.parts.map((part) => [part.name, part]));
  const log = new Map(pieces.map((piece) => [piece.name, piece]));
  return {
    facts: { from: copy.from, until: copy.until, bytes: copy.bytes, detail: copy.detail },
    parts: [...parts.keys()],
    part: (name) => {
      const part = parts.get(name);
      invariant(part !== undefined, `a part is asked for by a name of parts: ${name}`);
      return repository.read(copyPart(root, copy.of, copy.id, name), part, signal);
    },
    log: [...log.keys()].sort(),
    piece: (name) => {
      const piece = log.get(name);
      invariant(piece !== undefined, `a piece is asked for by a name of the log: ${name}`);
      return readPiece(piece, signal);
    },
  };
}

async function removeCopy(
  { repository, root }: Site,
  { of, id }: CopyAddress,
  signal: AbortSignal,
): Promise<Result<null>> {
  const { depot } = repository;
  const record = copyRecord(root, of, id);
  const uncounted = await depot.remove(record, signal);
  if (!uncounted.ok) return uncounted;
  const listed = await depot.list(copyFolder(root, of, id), signal);
  if (!listed.ok) return listed;
  for (const { path } of listed.value) {
    const removed = await depot.remove(path, signal);
    if (!removed.ok) return removed;
  }
  return ok(null);
}

async function sweep(site: Site, signal: AbortSignal): Promise<Result<readonly CopyAddress[]>> {
  const { repository, root, clock, making } = site;
  const listed = await repository.depot.list(`${root}copies/`, signal);
  if (!listed.ok) return listed;
  const paths = new Set(listed.value.map(({ path }) => path));
  const abandoned = copiesAmong(listed.value, root).filter(({ of, id }) => {
    const begun = timeOfId(id);
    const isOld = begun !== null && clock.now() - begun > ABANDONED_AFTER;
    return isOld && !making.has(id) && !paths.has(copyRecord(root, of, id));
  });
  for (const address of abandoned) {
    const removed = await removeCopy(site, address, signal);
    if (!removed.ok) return removed;
  }
  return ok(abandoned);
}
