import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import { codeOf, diskFailure, ensureFolder } from './files.ts';
import { collectFiles, type SourceFile } from './sources.ts';

/**
 * Copies the given folders and files of a system, at their own places, into `<snapshots>/<build>`, and names the copy
 * by its content. The same content gives the same build; two at once do no harm. The bytes that are hashed are the
 * bytes that are written, so that a file changed meanwhile cannot make a snapshot lie about itself.
 * Failures: `source_missing`, `source_outside`, `source_unreadable` (facts: path), and those of `diskFailure`.
 */
export async function takeSnapshot(options: {
  sourceFolder: string;
  paths: readonly string[];
  snapshots: string;
  signal: AbortSignal;
}): Promise<Result<string>> {
  const files = await collectFiles(options.sourceFolder, options.paths);
  if (!files.ok) return files;
  const made = await ensureFolder(options.snapshots);
  if (!made.ok) return made;
  const beside = join(options.snapshots, `.new-${randomUUID()}`);
  try {
    const copied = await copyFiles(files.value, beside, options.signal);
    if (!copied.ok) return copied;
    return await settle(beside, options.snapshots, copied.value);
  } finally {
    await rm(beside, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Whether the snapshot is there and still has the content its name says. Failures: `snapshot_missing`, `snapshot_damaged` (facts: build). */
export async function verifySnapshot(snapshots: string, build: string): Promise<Result<string>> {
  const folder = join(snapshots, build);
  try {
    await stat(folder);
  } catch {
    return fail('snapshot_missing', { build });
  }
  const files = await collectFiles(folder, ['.']);
  if (!files.ok) return fail('snapshot_damaged', { build });
  const digest = createHash('sha256');
  for (const file of files.value) {
    try {
      addToDigest(digest, file, await readFile(file.from));
    } catch {
      return fail('snapshot_damaged', { build });
    }
  }
  return digest.digest('hex') === build ? ok(folder) : fail('snapshot_damaged', { build });
}

async function copyFiles(
  files: readonly SourceFile[],
  folder: string,
  signal: AbortSignal,
): Promise<Result<string>> {
  const digest = createHash('sha256');
  const made = await ensureFolder(folder, 0o755);
  if (!made.ok) return made;
  for (const file of files) {
    if (signal.aborted) return fail('cancelled', { what: 'the snapshot' });
    const content = await readSource(file);
    if (!content.ok) return content;
    const to = join(folder, file.path);
    try {
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, content.value);
      await chmod(to, file.executable ? 0o555 : 0o444);
    } catch (reason) {
      return diskFailure(folder, reason);
    }
    addToDigest(digest, file, content.value);
  }
  return ok(digest.digest('hex'));
}

async function readSource(file: SourceFile): Promise<Result<Buffer>> {
  try {
    return ok(await readFile(file.from));
  } catch {
    return fail('source_unreadable', { path: file.path });
  }
}

/** Names and contents are length-free but separated by a byte that neither a name nor a hex digest holds. */
function addToDigest(digest: ReturnType<typeof createHash>, file: SourceFile, content: Buffer): void {
  const hash = createHash('sha256').update(content).digest('hex');
  digest.update(`${file.path}\0${file.executable ? 'x' : '-'}\0${hash}\0`);
}

/** Renames the copy to its name, unless a sound snapshot of this name is there already. */
async function settle(beside: string, snapshots: string, build: string): Promise<Result<string>> {
  const folder = join(snapshots, build);
  const present = await verifySnapshot(snapshots, build);
  if (present.ok) return ok(build);
  try {
    if (present.error.code === 'snapshot_damaged') await rename(folder, `${beside}-damaged`);
    await rename(beside, folder);
    await rm(`${beside}-damaged`, { recursive: true, force: true });
    return ok(build);
  } catch (reason) {
    const isThere = codeOf(reason) === 'ENOTEMPTY' || codeOf(reason) === 'EEXIST';
    return isThere ? ok(build) : diskFailure(folder, reason);
  }
}
