import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fail, type Instant, instant, ok, type Result } from '#kernel';
import { readIfThere, replaceFile, syncFolder } from '../supervisor/index.ts';

/**
 * An exchange under way. `bringing`: the restored home is brought into the store's folder, beside the one in use.
 * `stopping`: the store is stopped. `aside`: its home goes to the former ones. `placing`: what it knew of standbys follows,
 * and the restored home takes its place. `starting`: it is started.
 */
export type ExchangeStep = 'bringing' | 'stopping' | 'aside' | 'placing' | 'starting';

export interface Exchange {
  readonly step: ExchangeStep;
  /** Folder of the restored store; null in a store's folder that was copied: what lies there is another one's. */
  readonly restored: string | null;
  /** Folder that the former data go to, made like that of a store. */
  readonly former: string;
  readonly begun: Instant;
}

const FORMAT = 1;

const stored = z.object({
  format: z.literal(FORMAT),
  folder: z.string(),
  step: z.enum(['bringing', 'stopping', 'aside', 'placing', 'starting']),
  restored: z.string().nullable(),
  former: z.string(),
  begun: z.number().transform(instant),
});

/** Null where none is under way. Failure: `store_state_unreadable` (facts: file, reason). */
export async function readExchange(folder: string): Promise<Result<Exchange | null>> {
  const file = exchangeFile(folder);
  const text = await readIfThere(file);
  if (text === null) return ok(null);
  const parsed = stored.safeParse(jsonOf(text));
  if (!parsed.success) return fail('store_state_unreadable', { file, reason: 'it is damaged' });
  const { step, begun, restored, former, folder: writtenIn } = parsed.data;
  if (writtenIn === folder) return ok({ step, begun, restored, former });
  return ok({ step, begun, restored: null, former: formerWithin(folder, former) });
}

/** Durable when it resolves: only then may be done what it announces. */
export const writeExchange = (folder: string, exchange: Exchange): Promise<void> =>
  replaceFile(exchangeFile(folder), `${JSON.stringify({ format: FORMAT, folder, ...exchange }, null, 2)}\n`);

export async function removeExchange(folder: string): Promise<void> {
  await rm(exchangeFile(folder), { force: true });
  await syncFolder(folder);
}

/** For a place of former data that nothing can be renamed to. */
export const formerWithin = (folder: string, former: string) =>
  join(folder, 'former', former.slice(dirname(former).length + 1));

const exchangeFile = (folder: string) => join(folder, 'exchange.json');

const whereTo = z.object({ into: z.string(), former: z.string() });

/**
 * Left where the restored data were: whoever asks again, not knowing that it was done, gets the same answer. Null: they were
 * not taken from there into this folder.
 */
export async function formerOf(restored: string, folder: string): Promise<string | null> {
  const text = await readIfThere(takenFile(restored));
  const mark = whereTo.safeParse(jsonOf(text ?? ''));
  return mark.success && mark.data.into === folder ? mark.data.former : null;
}

export const markTaken = (restored: string, folder: string, former: string): Promise<void> =>
  replaceFile(takenFile(restored), `${JSON.stringify({ into: folder, former })}\n`);

export const unmarkTaken = (restored: string): Promise<void> => rm(takenFile(restored), { force: true });

const takenFile = (restored: string) => join(restored, 'taken.json');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
