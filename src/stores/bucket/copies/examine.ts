import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ok, type Result } from '#kernel';
import type { ExamineAsk, Examined, LostWrites } from '#ports';
import { copyFailed, restoredDetail, returningFailures } from '../../copies-ground.ts';
import { type ContentFound, faultOfDatabase, firstFault, readInventory, withInventory } from './inventory.ts';
import type { BucketCopiesOptions } from './options.ts';
import { withStage } from './request.ts';
import { STAGED_DATABASE } from './stage.ts';

const restoredCounts = z.object({ objects: z.number(), versions: z.number(), last: z.number() });

/**
 * Reads every content of a running store and compares it with the ETags; counts what is there. Failures:
 * `store_copy_failed` (facts: store, reason), when it does not run or answer; `store_state_unreadable`.
 */
export async function examineBucket(
  options: BucketCopiesOptions,
  { folder, signal }: ExamineAsk,
): Promise<Result<readonly Examined[]>> {
  const failed = (reason: string) => copyFailed(options.spec.name, reason);
  return returningFailures(
    () =>
      withStage({ ...options, folder, signal }, 'everything', async (stage) => {
        const file = join(stage, STAGED_DATABASE);
        const inventory = withInventory(file, readInventory);
        const found = new Map<string, ContentFound>();
        for (const id of inventory.contents) {
          if (signal.aborted) return failed('it was cancelled');
          found.set(id, await readContent(join(stage, id)));
        }
        const fault = withInventory(
          file,
          (database) => faultOfDatabase(database) ?? firstFault(database, found),
        );
        const expected = restoredCounts.safeParse(await restoredDetail(folder)).data;
        const count = `${inventory.objects} objects, ${inventory.versions} versions`;
        const asRestored = expected === undefined || expected.versions === inventory.versions;
        return ok([
          {
            name: 'contents',
            ok: fault === null,
            detail: fault ?? `${found.size} contents read, all as acknowledged`,
          },
          {
            name: 'number of versions',
            ok: asRestored,
            detail: asRestored ? count : `${count}; ${expected.versions} versions were restored`,
          },
        ]);
      }),
    failed,
  );
}

async function readContent(path: string): Promise<ContentFound> {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>) {
    md5.update(piece);
    sha256.update(piece);
    size += piece.length;
  }
  return { size, md5: md5.digest('hex'), sha256: sha256.digest('hex') };
}

/** How many versions the running store has numbered since the one that was restored had its last. */
export async function lostInBucket(
  options: BucketCopiesOptions,
  restoredFolder: string,
): Promise<Result<LostWrites>> {
  const failed = (reason: string) => copyFailed(options.spec.name, reason);
  return returningFailures(async () => {
    const restored = restoredCounts.safeParse(await restoredDetail(restoredFolder)).data;
    if (restored === undefined) return failed('the folder does not say what was restored into it');
    const { signal } = new AbortController();
    return withStage({ ...options, signal }, 'database', async (stage) => {
      const { last } = withInventory(join(stage, STAGED_DATABASE), readInventory);
      const transactions = Math.max(last - restored.last, 0);
      const detail = `${transactions} ${transactions === 1 ? 'version' : 'versions'} of objects (delete markers among them) written since; deletions without a marker and changed tags are not counted`;
      return ok({ transactions, exact: true, detail });
    });
  }, failed);
}
