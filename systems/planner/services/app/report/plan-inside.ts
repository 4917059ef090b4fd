import type { TitledPlan } from '../api/limits.ts';

const mark = 'planner-plan:';

/** The plan as a keyword of the report, so that the report can be opened again as a plan. */
export const keywordOf = (plan: TitledPlan): string =>
  `${mark}${Buffer.from(JSON.stringify(plan)).toString('base64url')}`;

/** What a report was made of, not yet checked; undefined for any other PDF. */
export function planInside(pdf: Buffer): unknown {
  const text = pdf.toString('latin1');
  const start = text.indexOf(mark);
  if (start === -1) return undefined;
  const encoded = /^[\w-]{1,8000}/.exec(text.slice(start + mark.length))?.[0] ?? '';
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString()) as unknown;
  } catch {
    return undefined; // somebody else's keyword, or a damaged file
  }
}
