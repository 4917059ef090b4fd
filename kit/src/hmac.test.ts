import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sign, verify } from './hmac.ts';

const at = (now: number) => ({ now: () => now, sleep: () => Promise.resolve() });
const request = { method: 'POST', path: '/v1/coach?lang=de', body: '{"a":1}' };
const now = 1_790_000_000_000;
const codeOf = (verified: ReturnType<typeof verify>) => (verified.ok ? 'ok' : verified.code);

test('both the current and the previous secret are good, another is not', () => {
  const secrets = ['current secret, long', 'previous secret, long'];
  const answers = [...secrets, 'a third secret, long'].map((secret) => {
    const headers = sign({ ...request, secret, clock: at(now) });
    return codeOf(verify({ secrets, clock: at(now) }, { ...request, headers }));
  });
  expect(answers).toEqual(['ok', 'ok', 'signature_wrong']);
});

test('a secret that is empty signs nothing, as one that was dropped and left so', () => {
  const headers = sign({ ...request, secret: '', clock: at(now) });
  const secrets = ['current secret, long', ''];
  expect(codeOf(verify({ secrets, clock: at(now) }, { ...request, headers }))).toBe('signature_wrong');
});

test('any change to method, path, query, body or time is noticed', () => {
  const secret = 'a secret that is long';
  const headers = sign({ ...request, secret, clock: at(now) });
  const changes = [
    { method: 'PUT' },
    { path: '/v1/coach?lang=fr' },
    { path: '/v1/coach' },
    { body: '{"a":2}' },
    { body: '' },
    { headers: { ...headers, 'x-timestamp': String(now + 1) } },
  ];
  for (const change of changes) {
    const verified = verify({ secrets: [secret], clock: at(now) }, { ...request, headers, ...change });
    expect(codeOf(verified), JSON.stringify(change)).toBe('signature_wrong');
  }
  expect(codeOf(verify({ secrets: [secret], clock: at(now) }, { ...request, method: 'post', headers }))).toBe(
    'ok',
  );
});

test('it is good for the skew in both directions, and not a millisecond longer', () => {
  const secret = 'a secret that is long';
  const headers = sign({ ...request, secret, clock: at(now) });
  const code = (clock: number, skew?: number) =>
    codeOf(verify({ secrets: [secret], clock: at(clock), ...(skew && { skew }) }, { ...request, headers }));
  expect([300_000, -300_000, 300_001, -300_001].map((by) => code(now + by))).toEqual([
    'ok',
    'ok',
    'signature_old',
    'signature_old',
  ]);
  expect(code(now + 1_001, 1_000)).toBe('signature_old');
});

test('headers that cannot be read are missing, whatever they hold', () => {
  const rules = { secrets: ['a secret that is long'], clock: at(now) };
  const good = sign({ ...request, secret: 'a secret that is long', clock: at(now) });
  const bad = [
    {},
    { 'x-timestamp': String(now) },
    { ...good, 'x-timestamp': '1e3' },
    { ...good, 'x-signature': 'v1=00' },
    { ...good, 'x-signature': `x${good['x-signature']}` },
    { ...good, 'x-signature': `${good['x-signature']}00` },
    { ...good, 'x-signature': [good['x-signature'] ?? ''] },
  ];
  for (const headers of bad) {
    expect(codeOf(verify(rules, { ...request, headers }))).toBe('signature_missing');
  }
  fc.assert(
    fc.property(fc.string(), fc.string(), (timestamp, signature) => {
      const headers = { 'x-timestamp': timestamp, 'x-signature': signature };
      expect(verify(rules, { ...request, headers }).ok).toBe(false);
    }),
  );
});
