import type { Context } from 'hono';
import type { z } from 'zod';
import { largestBody, tooLarge } from '../guard.ts';
import { problem } from './problem.ts';
import { rawBody } from './raw-body.ts';

export type Body<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly response: Response };

/**
 * Reads a JSON body that fits the schema, or has the answer ready: 415 not JSON, 413 longer than `largest` bytes, 400 not
 * readable, 422 with a sentence per field that is wrong. A body that another middleware has read already can be read again.
 */
export async function body<T>(
  c: Context,
  schema: z.ZodType<T>,
  { largest = largestBody }: { readonly largest?: number } = {},
): Promise<Body<T>> {
  const no = (status: 400 | 413 | 415 | 422, code: string, detail: string): Body<T> => ({
    ok: false,
    response: problem(c, status, code, detail),
  });
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(c.req.header('content-type') ?? ''))
    return no(415, 'body_not_json', 'Send the body as application/json.');
  const bytes = await rawBody(c, largest);
  if (bytes === null) return no(413, 'body_too_large', tooLarge(largest).detail);
  const parsed = parse(bytes.toString('utf8'));
  if (parsed === undefined) return no(400, 'body_unreadable', 'The body is no JSON.');
  const checked = schema.safeParse(parsed.value);
  if (checked.success) return { ok: true, value: checked.data };
  const sentences = checked.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `"${path.join('.')}": ${message}`,
  );
  return no(422, 'body_wrong', `${sentences.join('; ')}.`);
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined; // the caller says so
  }
}
