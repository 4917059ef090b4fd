import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, replaceFile } from '../../supervisor/index.ts';

/** Kept beside restored data: what cannot be seen any more once the store was started and writes by itself. */
export interface RestoredNote {
  /** The number the next transaction would have had when the target was reached; 64 bits, as text. */
  readonly nextTransaction: string;
}

const stored = z.object({ nextTransaction: z.string().regex(/^\d+$/) });
const noteFile = (folder: string) => join(folder, 'restored.json');

export async function readNote(folder: string): Promise<RestoredNote | null> {
  try {
    return stored.parse(JSON.parse((await readIfThere(noteFile(folder))) ?? ''));
  } catch {
    return null;
  }
}

export const writeNote = (folder: string, note: RestoredNote) =>
  replaceFile(noteFile(folder), `${JSON.stringify(note)}\n`);
