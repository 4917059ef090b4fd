import type { Context } from 'hono';

/** What the client takes, the smaller one first. */
export function encodings(context: Context): readonly ('br' | 'gzip')[] {
  const accepted = (context.req.header('accept-encoding') ?? '').split(',').map((each) => each.trim());
  const takes = (name: string) =>
    accepted.some((each) => each.split(';', 1)[0]?.trim() === name && !/;\s*q=0(?:\.0+)?$/.test(each));
  return (['br', 'gzip'] as const).filter(takes);
}
