import { describe, expect, it } from 'vitest';
import { chooseStore } from './store-choice.ts';

const whole = 'postgres://app:hunter2@db.example:5432/fairway';

describe('the store of a control plane', () => {
  it.each([
    ['nothing is said', null, undefined, { kind: 'own' }],
    ['the environment variable is empty', null, '', { kind: 'own' }],
    [
      'only the environment says it',
      null,
      whole,
      { kind: 'shared', url: whole, shown: 'postgres://app@db.example:5432/fairway' },
    ],
    [
      'the password comes from the environment',
      'postgres://app@db.example:5432/fairway',
      whole,
      { kind: 'shared', url: whole },
    ],
    ['no user is named', 'postgres://db.example:5432/fairway', whole, { kind: 'shared', url: whole }],
    [
      'a password for another place is not sent',
      'postgres://app@evil.example:5432/fairway',
      whole,
      { kind: 'shared', url: 'postgres://app@evil.example:5432/fairway' },
    ],
    [
      'nor to another database',
      'postgres://app@db.example:5432/other',
      whole,
      { kind: 'shared', url: 'postgres://app@db.example:5432/other' },
    ],
  ])('when %s', (_, asked, variable, choice) => {
    expect(chooseStore(asked, variable)).toMatchObject({ ok: true, value: choice });
  });

  it.each([
    ['a password on the command line', whole, 'store_password_shown'],
    ['a password as a parameter', 'postgres://app@db/fairway?password=hunter2', 'store_password_shown'],
    ['another scheme', 'mysql://app@db/fairway', 'store_url_invalid'],
    ['no address', 'fairway', 'store_url_invalid'],
    ['a password that was not encoded', 'postgres://app:a/b@db/fairway', 'store_url_invalid'],
  ])('refuses %s, and does not repeat it', (_, asked, code) => {
    const refused = chooseStore(asked, undefined);
    expect(refused).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(refused)).not.toContain('hunter2');
  });
});
