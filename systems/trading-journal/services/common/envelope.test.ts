import { describe, expect, test } from 'vitest';
import { open, rewrap, seal, wrappingKey } from './envelope.ts';

const [present, before] = [wrappingKey('the present data key'), wrappingKey('the data key before')];
const about = 'broker key of a user';

describe('a sealed text', () => {
  test('opens with the key that wraps it, and shows nothing of itself', () => {
    const sealed = seal(present, 'api-key-of-a-broker', about);
    expect(open([before, present], sealed, about)).toEqual({ ok: true, value: 'api-key-of-a-broker' });
    expect(Buffer.concat([sealed.wrapped, sealed.sealed]).includes('api-key')).toBe(false);
  });

  test('is different each time', () => {
    const [one, other] = [seal(present, 'text', about), seal(present, 'text', about)];
    expect(one.sealed.equals(other.sealed)).toBe(false);
    expect(one.wrapped.equals(other.wrapped)).toBe(false);
  });

  test('does not open with other keys, nor as something else', () => {
    const sealed = seal(present, 'text', about);
    expect(open([before], sealed, about)).toMatchObject({ code: 'key_unknown' });
    expect(open([present], sealed, 'broker key of another user')).toMatchObject({ code: 'seal_broken' });
  });

  test.each(['wrapped', 'sealed'] as const)(
    'does not open when a bit of %s was changed, or when it is short',
    (part) => {
      const sealed = seal(present, 'text', about);
      for (const at of [0, 12, sealed[part].length - 1]) {
        const changed = Buffer.from(sealed[part]);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(open([present], { ...sealed, [part]: changed }, about)).toMatchObject({ code: 'seal_broken' });
      }
      const short = sealed[part].subarray(0, 20);
      expect(open([present], { ...sealed, [part]: short }, about)).toMatchObject({ code: 'seal_broken' });
    },
  );

  test('opens with the present key alone after it was wrapped anew; its own bytes stay', () => {
    const sealed = seal(before, 'text', about);
    const anew = rewrap([present, before], sealed, about);
    if (!anew.ok) throw new Error(anew.detail);
    expect(anew.value.sealed.equals(sealed.sealed)).toBe(true);
    expect(open([present], anew.value, about)).toEqual({ ok: true, value: 'text' });
    expect(rewrap([present], sealed, about)).toMatchObject({ code: 'key_unknown' });
  });
});
