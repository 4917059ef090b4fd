import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '#kernel';

export const phases = ['expand', 'backfill', 'contract'] as const;
export type Phase = (typeof phases)[number];

/** One file of SQL below `<folder>/<phase>/`. */
export interface MigrationFile {
  readonly phase: Phase;
  /** `004-score-source.sql` */
  readonly name: string;
  readonly sql: string;
}

/** How people find a file: `expand/004-score-source.sql`. */
export const pathOf = ({ phase, name }: Pick<MigrationFile, 'phase' | 'name'>) => `${phase}/${name}`;

/** The same on every machine, however git writes the ends of lines there. */
export const checksumOf = ({ sql }: MigrationFile) =>
  createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');

/**
 * The SQL files of all three phases, each phase in the order of the names. A phase without a folder has none.
 * Failures: `migration_folder_unreadable`.
 */
export async function readMigrations(folder: string): Promise<Result<readonly MigrationFile[]>> {
  try {
    await readdir(folder); // a folder of phases that is not there is a mistake, a missing phase is none
    const files = await Promise.all(phases.map((phase) => readPhase(folder, phase)));
    return ok(files.flat());
  } catch (reason) {
    return fail('migration_folder_unreadable', { folder, reason: codeOf(reason) });
  }
}

async function readPhase(folder: string, phase: Phase): Promise<readonly MigrationFile[]> {
  const names = await readdir(join(folder, phase)).catch((reason: unknown) => {
    if (codeOf(reason) === 'ENOENT') return [];
    throw reason;
  });
  const wanted = names.filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    wanted.map(async (name) => ({ phase, name, sql: await readFile(join(folder, phase, name), 'utf8') })),
  );
}

const codeOf = (reason: unknown) =>
  reason instanceof Error && 'code' in reason ? String(reason.code) : String(reason);
