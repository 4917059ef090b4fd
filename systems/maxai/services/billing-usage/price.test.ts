import { expect, test } from 'vitest';
import { invoiceOf } from './price.ts';

test.each([
  ['nothing', {}, 0],
  ['a million tokens: $2', { llm_tokens: 1_000_000 }, 200],
  ['2,499 tokens: half a cent less a token is nothing', { llm_tokens: 2_499 }, 0],
  ['2,500 tokens: half a cent is one', { llm_tokens: 2_500 }, 1],
  ['calls and messages', { calls: 3, messages: 7 }, 45 + 7],
  ['what has no price', { dreams: 9 }, 0],
] as const)('%s', (_, used, cents) => {
  expect(invoiceOf(used, 'standard').cents).toBe(cents);
});

test('lines are in the order of their names, each with what it is made of', () => {
  expect(invoiceOf({ messages: 2, calls: 1 }, 'standard').lines).toEqual([
    { meter: 'calls', amount: 1, priceMicros: 150_000, cents: 15 },
    { meter: 'messages', amount: 2, priceMicros: 10_000, cents: 2 },
  ]);
});
