import { copyFile, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bytes } from '#kernel';
import { mebibytes } from '#kernel';

/** A replica's log is cut at this size; three older parts are kept. */
const limit: Bytes = mebibytes(10);
const olderParts = 3;
/** Logs of replicas that are gone: this many per service. */
const keptReplicas = 20;

/**
 * Copies a log that has grown too long aside and empties it. The child keeps writing to the same file: it appends, so
 * the emptied file grows from its beginning again. Lines written between the copy and the cut are lost, which is why
 * only huge logs are cut. When the copy fails (a full disk) the log is emptied all the same: that frees the disk.
 */
export async function rotateLog(file: string, size: Bytes = limit): Promise<boolean> {
  const seen = await stat(file).catch(() => null);
  if (seen === null || seen.size < size) return false;
  for (let part = olderParts - 1; part >= 1; part -= 1)
    await rename(`${file}.${part}`, `${file}.${part + 1}`).catch(() => undefined);
  await copyFile(file, `${file}.1`).catch(() => rm(`${file}.1`, { force: true }));
  await truncate(file, 0);
  return true;
}

/** Removes the oldest logs of a service, but never one of `alive`. */
export async function pruneLogs(folder: string, alive: ReadonlySet<string>): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const logs = names.filter((name) => name.endsWith('.log') && !alive.has(name.slice(0, -'.log'.length)));
  const dated = await Promise.all(
    logs.map(async (name) => ({
      name,
      at: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0,
    })),
  );
  const old = dated.sort((a, b) => b.at - a.at).slice(keptReplicas);
  for (const { name } of old)
    for (const suffix of ['', '.1', '.2', '.3'])
      await rm(join(folder, `${name}${suffix}`), { force: true }).catch(() => undefined);
}
