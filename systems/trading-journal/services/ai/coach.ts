import { ok, type Result } from '../common/result.ts';
import { numberField, shape, textField } from '../common/shape.ts';

const parse = shape({
  note: textField({ most: 10_000 }),
  trades: numberField(0, 100_000, 'whole'),
  wins: numberField(0, 100_000, 'whole'),
});

/** Words in a note that tell how a decision was made. Points are added to a score that begins at 50. */
const signs: readonly {
  readonly pattern: RegExp;
  readonly points: number;
  readonly advice: string | null;
}[] = [
  { pattern: /\b(plan(ned)?|rules?|checklist)\b/gi, points: 10, advice: null },
  { pattern: /\b(stop[- ]?loss|risk|position size)\b/gi, points: 8, advice: null },
  { pattern: /\b(patien(t|ce)|waited|calm)\b/gi, points: 6, advice: null },
  {
    pattern: /\b(revenge|angry|frustrat\w+)\b/gi,
    points: -15,
    advice: 'Pause after a loss before the next trade.',
  },
  {
    pattern: /\b(fomo|chas(ed|ing)|impuls\w+)\b/gi,
    points: -12,
    advice: 'Write the entry down before you take it.',
  },
  {
    pattern: /\b(no stop|moved (my|the) stop)\b/gi,
    points: -15,
    advice: 'Leave the stop where the plan put it.',
  },
];

/** How disciplined a reflection reads, 0 to 100, and what to do about it. Failure: `body_wrong`. */
export function coach(body: string): Result<{ score: number; advice: readonly string[] }> {
  const request = parse(body);
  if (!request.ok) return request;
  const { note, trades, wins } = request.value;
  const found = signs.filter(({ pattern }) => note.search(pattern) !== -1);
  const points = found.reduce((sum, sign) => sum + sign.points, 50);
  const record = trades === 0 ? 0 : Math.round((20 * Math.min(wins, trades)) / trades) - 10;
  const advice = found.flatMap((sign) => (sign.advice === null ? [] : [sign.advice]));
  return ok({ score: Math.max(0, Math.min(100, points + record)), advice });
}
