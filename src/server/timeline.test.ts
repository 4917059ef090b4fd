import { expect, test } from 'vitest';
import { describeFailure, instant, type Json } from '#kernel';
import { createNarrator } from './timeline.ts';

const narrator = createNarrator(
  async () => null,
  (failure) => describeFailure(failure).sentence,
);
const told = (type: string, data: Json) =>
  narrator.tell({ stream: 'environment/dev', sequence: 1, at: instant(0), type, data, hash: '' });

test('an environment that could not be brought up says what to do about it', async () => {
  const failure = { code: 'secret_missing', facts: { secret: 'KEY' } };
  expect(await told('environment.failed', { failure })).toMatchObject({
    sentence: 'failed: The secret KEY has no value here.',
    hint: expect.stringContaining('Write KEY=…'),
    outcome: 'failed',
  });
  expect(await told('environment.ready', { release: 1 })).not.toHaveProperty('hint');
});
