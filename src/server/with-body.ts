import type { Context } from 'hono';
import type { z } from 'zod';
import { fail } from '#kernel';
import { refuse } from './refuse.ts';

/** Acts on a body that fits its schema, and says of another one what does not fit. */
export async function withBody<S extends z.ZodType>(
  context: Context,
  schema: S,
  act: (body: z.output<S>) => Promise<Response>,
): Promise<Response> {
  const parsed = schema.safeParse(await context.req.json().catch(() => null));
  if (parsed.success) return act(parsed.data);
  const findings = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  return refuse(context, fail('request_not_understood', { path: context.req.path }).error, findings);
}
