import { z } from 'zod';

/** Fields that requests share. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens, beginning with a letter');

/** Names with commas between. They become folders, so nothing else may stand there. */
export const names = z
  .string()
  .max(2_000)
  .regex(/^(?:[a-z][a-z0-9-]{0,62}(?:,|$))*$/, 'names with commas between');

export const text = (longest: number) => z.string().max(longest);

/** Text for the operating system: what calls it cannot hand on a null byte, and says so with the whole text. */
export const systemText = (longest: number) => text(longest).regex(/^[^\0]*$/, 'text without null bytes');

/**
 * Text that is shown in a line of its own, by terminals too. Line breaks and whatever else would move the cursor, colour or
 * turn round what follows becomes a space: nobody writes with a note what looks like another entry of the audit.
 */
export const line = (longest: number) =>
  text(longest).overwrite((value) => value.toWellFormed().replace(unseen, ' ').trim());

/** Control characters, other ends of lines, and those that turn the direction of writing; not the joiners of emoji. */
const unseen = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Who asks, and why: kept in the journal. */
export const asker = { by: line(100).default('unknown'), note: line(500).default('') };
