import { z } from 'zod';

/** Fields that requests share. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens, beginning with a letter');

export const text = (longest: number) => z.string().max(longest);

/** Who asks, and why: kept in the journal. */
export const asker = { by: text(100).default('unknown'), note: text(500).default('') };
