import { describe, expect, test } from 'vitest';
import { asker, line } from './fields.ts';
import { releaseRequest } from './requests.ts';
import { tokenRequest } from './schemas/access.ts';

test('what the operating system is handed has no null bytes, and the refusal does not repeat it', () => {
  const set = [{ service: 'web', key: 'A', value: 'hunter2\0' }];
  for (const ask of [{ set }, { from: '/srv/hunter2\0' }]) {
    const refused = releaseRequest.safeParse(ask);
    expect(refused.success).toBe(false);
    expect(refused.error?.message).not.toContain('hunter2');
  }
  expect(releaseRequest.parse({ set: [{ service: 'web', key: 'A', value: 'a\nb' }] }).set[0]?.value).toBe(
    'a\nb',
  );
});

describe('a line of text', () => {
  test.each([
    ['carts empty', 'carts empty'],
    ['first\nsecond\r\n\tthird', 'first second third'],
    ['ok\n2026-11-22 09:38:04  prod  12  ann approved', 'ok 2026-11-22 09:38:04  prod  12  ann approved'],
    ['\u001b[31mred\u001b]0;title\u0007', '[31mred ]0;title'],
    ['\u009b2Jgone', '2Jgone'],
    ['paid \u202enuot\u202c back', 'paid  nuot  back'],
    ['one\u2028two', 'one two'],
    ['👩‍🍳 Zoë ﷽', '👩‍🍳 Zoë ﷽'],
    ['\u0000', ''],
    ['half \ud83d a pair', 'half \ufffd a pair'],
  ])('%j is kept as %j', (given, kept) => {
    expect(asker.note.parse(given)).toBe(kept);
    expect(asker.by.parse(given)).toBe(kept);
  });

  test('is as long as it may be before anything is taken out', () => {
    expect(line(3).safeParse('\n\n\n\n').success).toBe(false);
  });

  test('has something in it where it must', () => {
    const ask = { name: 'maria', role: 'approver' };
    expect(tokenRequest.safeParse({ ...ask, approves: ['\n'] }).success).toBe(false);
    expect(tokenRequest.parse({ ...ask, approves: [' risk-manager\n'] }).approves).toEqual(['risk-manager']);
  });
});
