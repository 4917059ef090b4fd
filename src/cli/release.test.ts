import { expect, test } from 'vitest';
import { promotionOf } from './release.ts';

test.each([
  ['staging', { from: 'staging', release: null }],
  ['staging@7', { from: 'staging', release: 7 }],
])('--promote %s', (text, asked) => {
  expect(promotionOf(text, { wait: true })).toEqual({ ok: true, value: asked });
});

test.each(['', 'Staging', 'staging@', 'staging@0', 'staging@latest', 'a/b', 'staging@1@2'])(
  '--promote %s is not understood',
  (text) => {
    expect(promotionOf(text, { wait: true })).toMatchObject({ error: { code: 'promotion_not_understood' } });
  },
);

test.each([
  ['--from', { from: 'elsewhere' }],
  ['--set', { set: ['edge.env.A=1'] }],
  ['--service', { service: ['edge'] }],
  ['--strategy', { strategy: 'rolling' as const }],
])('a promotion is what was released: %s does not go with it', (option, flags) => {
  expect(promotionOf('staging', { wait: true, ...flags })).toMatchObject({
    error: { code: 'promotion_alone', facts: { option } },
  });
});
