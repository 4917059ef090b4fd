import type { Answers } from '../ask.ts';

/** Checks, flags, audit. */
export const declaredAnswers: Answers = {
  'GET /v1/environments/{environment}/flags': () => [
    { name: 'new-editor', kind: 'boolean', value: true },
    { name: 'page-size', kind: 'number', value: 50 },
  ],
  'GET /v1/audit': ({ story, query }) =>
    story.lines
      .toReversed()
      .slice(0, Number(query.get('limit') ?? 200))
      .map(({ sequence, at, sentence }) => ({
        environment: 'production',
        sequence,
        at,
        type: 'rollout',
        by: 'maria',
        sentence,
        note: '',
        release: 8,
        hash: 'a3f1c2'.repeat(10),
      })),
};
