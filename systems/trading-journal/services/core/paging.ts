import { fail, ok, type Result } from '../common/result.ts';
import { isMoment } from '../common/shape.ts';

/** The newest first: how many, and older than which moment. */
export interface Page {
  readonly limit: number;
  readonly before: string;
}

/** Failure: `query_wrong`. */
export function pageOf({ limit = '50', before }: Readonly<Record<string, string>>): Result<Page> {
  const isGood = /^\d{1,3}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 200;
  if (!isGood) return fail('query_wrong', '"limit" is a number from 1 to 200.');
  if (before !== undefined && !isMoment(before))
    return fail('query_wrong', '"before" is a moment with its zone.');
  return ok({ limit: Number(limit), before: before ?? 'infinity' });
}

export const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
