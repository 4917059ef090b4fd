import { describe, expect, it } from 'vitest';
import { fieldText, momentOf } from './moment.ts';

describe('a moment in a field', () => {
  it.each([Date.UTC(2026, 4, 4, 14, 3, 7), Date.UTC(2026, 0, 1), Date.UTC(2026, 9, 25, 22, 59, 59)])(
    'is the same when it is read again: %s',
    (at) => {
      expect(momentOf(fieldText(at))).toBe(at);
    },
  );

  it('is none where nothing is said', () => {
    expect([momentOf(''), momentOf('soon')]).toEqual([null, null]);
  });
});
