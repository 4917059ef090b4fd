import type { CopyRecord } from '#core/recovery';
import { type Failure, fail, ok, type Result } from '#kernel';
import { copyPart, copyRecord } from './layout.ts';
import { parseCopy } from './record-schemas.ts';
import type { Listed, Repository } from './contract.ts';

/** Copies that can be brought back, oldest first, and what was found of others. */
export interface Survey {
  readonly copies: readonly CopyRecord[];
  /** `backup_document_damaged` (facts: place, path, reason), `backup_copy_incomplete` (facts: place, of, copy, part). */
  readonly findings: readonly Failure[];
}

/** Records that are read at a time. */
const AT_A_TIME = 8;

/**
 * Reads the record of every copy of a store, or of all, and looks whether its parts lie there with their sizes; whether
 * their content is whole is seen when it is read.
 */
export async function surveyCopies(
  repository: Repository,
  root: string,
  of: string | null,
  signal: AbortSignal,
): Promise<Result<Survey>> {
  const listed = await repository.depot.list(`${root}copies/${of === null ? '' : `${of}/`}`, signal);
  if (!listed.ok) return listed;
  const sizes = new Map(listed.value.map(({ path, stored }) => [path, stored]));
  const records = recordsAmong(listed.value, root);
  const copies: CopyRecord[] = [];
  const findings: Failure[] = [];
  for (let at = 0; at < records.length; at += AT_A_TIME) {
    const looked = await Promise.all(
      records.slice(at, at + AT_A_TIME).map((record) => look({ repository, root, sizes, signal }, record)),
    );
    for (const found of looked) {
      if (found.ok) copies.push(found.value);
      else if (IS_FINDING.includes(found.error.code)) findings.push(found.error);
      else if (found.error.code !== 'backup_part_missing') return found; // that one was removed since it was listed
    }
  }
  copies.sort((a, b) => (a.id < b.id ? -1 : 1));
  return ok({ copies, findings });
}

const IS_FINDING: readonly string[] = [
  'backup_document_damaged',
  'backup_copy_incomplete',
  'backup_path_refused',
];

/** Where a copy lies. */
export interface CopyAddress {
  readonly of: string;
  readonly id: string;
}

/** Every folder of a copy among what was listed, whole or not. */
export function copiesAmong(listed: readonly Listed[], root: string): readonly CopyAddress[] {
  const found = new Map<string, CopyAddress>();
  for (const { path } of listed) {
    const [of, id, file] = path.slice(`${root}copies/`.length).split('/');
    if (of !== undefined && id !== undefined && file !== undefined) found.set(`${of}/${id}`, { of, id });
  }
  return [...found.values()];
}

function recordsAmong(listed: readonly Listed[], root: string): readonly CopyAddress[] {
  const paths = new Set(listed.map(({ path }) => path));
  return copiesAmong(listed, root).filter(({ of, id }) => paths.has(copyRecord(root, of, id)));
}

interface Looking {
  readonly repository: Repository;
  readonly root: string;
  readonly sizes: ReadonlyMap<string, number>;
  readonly signal: AbortSignal;
}

async function look(
  { repository, root, sizes, signal }: Looking,
  { of, id }: CopyAddress,
): Promise<Result<CopyRecord>> {
  const path = copyRecord(root, of, id);
  const place = repository.depot.shown;
  const read = await repository.readDocument(path, signal);
  if (!read.ok) return read;
  const copy = parseCopy(read.value);
  if (copy === null || copy.of !== of || copy.id !== id) {
    const reason = copy === null ? 'it is not the record of a copy' : 'it is the record of another copy';
    return fail('backup_document_damaged', { place, path, reason });
  }
  const lost = copy.parts.find(({ name, stored }) => sizes.get(copyPart(root, of, id, name)) !== stored);
  if (lost === undefined) return ok(copy);
  return fail('backup_copy_incomplete', { place, of, copy: id, part: lost.name });
}
