import { problem } from 'fairway-kit/hono';
import type { Context } from 'hono';
import type { z } from 'zod';

/** The query of a request as the schema reads it, or 422 with a sentence for each parameter that is wrong. */
export function queryOf<T>(
  c: Context,
  schema: z.ZodType<T>,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly response: Response } {
  const parsed = schema.safeParse(c.req.query());
  if (parsed.success) return { ok: true, value: parsed.data };
  const sentences = parsed.error.issues.map(({ path, message }) => `"${path.join('.')}": ${message}`);
  return { ok: false, response: problem(c, 422, 'query_wrong', `${sentences.join('; ')}.`) };
}
