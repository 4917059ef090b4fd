import { expect, test } from 'vitest';
import { coach } from './coach.ts';

test.each([
  ['I had lunch.', 0, 0, 50, 0],
  ['I followed the plan and waited.', 0, 0, 66, 0],
  ['The plan was good, the stop-loss held, I was patient.', 10, 10, 84, 0],
  ['Revenge trade, moved my stop, FOMO.', 10, 0, 0, 3],
])(
  '"%s" with %i trades and %i wins scores %i and gets %i pieces of advice',
  (note, trades, wins, score, advice) => {
    const result = coach(JSON.stringify({ note, trades, wins }));
    expect(result).toMatchObject({ ok: true, value: { score } });
    expect(result.ok && result.value.advice).toHaveLength(advice);
    expect(coach(JSON.stringify({ note, trades, wins }))).toEqual(result);
  },
);
