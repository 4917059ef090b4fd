import { expect, it } from 'vitest';
import type { ExplainView } from '#api';
import { explainLines } from './show-history.ts';

const signal = (state: string, sentence: string) => ({ name: 'errors', subject: 'web', state, sentence });

function explained(verdict: unknown): string[] {
  const rollout = {
    because: null,
    verdict,
    becauseSentence: null,
    waitsFor: null,
    manner: 'direct',
    from: 1,
    phase: 'holding',
    startedAt: 0,
    ignored: [],
  };
  const view = {
    release: 2,
    environment: 'dev',
    by: 'ann',
    note: '',
    serves: 1,
    endedAt: null,
    timeline: [],
  };
  return explainLines({ ...view, rollout } as unknown as ExplainView, false, 5_000);
}

it('what the gate lacks is told, also where no signal tells it', () => {
  const blind = 'web: the canary cannot be counted: the router does not answer';
  const few = 'web: the canary has answered 5 requests in this step and needs 95 more';
  const signals = [signal('good', 'no canary process ended unasked'), signal('waiting', few)];
  const lines = explained({ kind: 'notMeasured', needs: [blind, few], estimate: null, signals });
  expect(lines.slice(lines.indexOf('the gate said not measured'), -1)).toEqual([
    'the gate said not measured',
    `  missing ${blind}`,
    '  good    no canary process ended unasked',
    `  waiting ${few}`,
  ]);
});
