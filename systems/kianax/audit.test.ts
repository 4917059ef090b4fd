import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuditEntry, nextEntry, verifyChain } from './services/trading/audit.ts';
import { open, seal } from './services/trading/sealed.ts';
import { personAt } from './testing/people.ts';
import { startSystem, type System } from './testing/system.ts';

const chain = (length: number): AuditEntry[] => {
  const entries: AuditEntry[] = [];
  for (let number = 1; number <= length; number += 1)
    entries.push(
      nextEntry('subject', entries.at(-1) ?? null, {
        at: '2026-01-01T00:00:00.000Z',
        action: 'order.placed',
        details: { number },
      }),
    );
  return entries;
};

describe('the chain', () => {
  test('of nothing, and of what was written, is intact', () => {
    expect(verifyChain([])).toEqual({ intact: true, entries: 0 });
    expect(verifyChain(chain(5))).toEqual({ intact: true, entries: 5 });
  });

  test.each([
    ['details', { details: '{"number":7}' }, 'content'],
    ['its action', { action: 'order.filled' }, 'content'],
    ['its time', { at: '2026-01-02T00:00:00.000Z' }, 'content'],
    ['its owner', { subject: 'another' }, 'content'],
    ['its hash', { hash: 'f'.repeat(64) }, 'content'],
    ['what it follows', { previousHash: 'f'.repeat(64) }, 'link'],
    ['its number', { sequence: 9 }, 'gap'],
  ])('tells when %s was changed', (_what, change, problem) => {
    const entries = chain(5).map((entry, index) =>
      index === 2 ? ({ ...entry, ...change } as AuditEntry) : entry,
    );
    expect(verifyChain(entries)).toEqual({ intact: false, sequence: expect.any(Number) as number, problem });
  });

  test('tells when an entry was taken out, or written anew with a hash of its own', () => {
    expect(verifyChain(chain(5).toSpliced(2, 1))).toMatchObject({ intact: false, problem: 'gap' });
    const entries = chain(5);
    const forged = nextEntry('subject', entries[1] ?? null, { at: '', action: 'order.placed', details: {} });
    expect(verifyChain(entries.toSpliced(2, 1, forged))).toMatchObject({
      intact: false,
      sequence: 4,
      problem: 'link',
    });
  });
});

describe('keys of brokers', () => {
  const owner = { userId: 'u1', broker: 'alpaca' };
  const credentials = { key: 'key', secret: 'secret' };
  const sealed = seal(credentials, owner, 'the key of all keys');

  test('open for their owner and with their key only', () => {
    expect(open(sealed, owner, 'the key of all keys')).toEqual(credentials);
    expect(open(sealed, { ...owner, userId: 'u2' }, 'the key of all keys')).toBeNull();
    expect(open(sealed, { ...owner, broker: 'other' }, 'the key of all keys')).toBeNull();
    expect(open(sealed, owner, 'another key')).toBeNull();
  });

  test('do not open when any character was changed', () => {
    const others = (character: string | undefined) =>
      'ABEQgw-.'.split('').filter((other) => other !== character);
    const changes = sealed
      .split('')
      .flatMap((character, index) => others(character).map((other) => ({ index, other })));
    for (const { index, other } of changes) {
      const changed = sealed.slice(0, index) + other + sealed.slice(index + 1);
      expect(open(changed, owner, 'the key of all keys'), `character ${index}`).toBeNull();
    }
    expect(open(`${sealed}.`, owner, 'the key of all keys')).toBeNull();
    for (const nonsense of ['', 'v1', 'v1...', 'v1.a.b.c']) expect(open(nonsense, owner, 'x')).toBeNull();
  });

  test('are sealed anew each time, and say nothing', () => {
    expect(seal(credentials, owner, 'k')).not.toBe(seal(credentials, owner, 'k'));
    expect(sealed).not.toContain('secret');
  });
});

describe('in the database', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  }, 120_000);
  afterAll(() => system?.close(), 60_000);

  test.each([
    "UPDATE trading_audit SET details = '{}'",
    'DELETE FROM trading_audit',
    'TRUNCATE trading_audit',
    "UPDATE trading_audit SET action = 'order.filled' WHERE sequence = 1",
  ])('the audit refuses %s', async (sql) => {
    await personAt(system.url, 'audited@example.com').then((person) =>
      person.post(
        '/api/orders',
        { symbol: 'SPY', side: 'buy', quantity: 1, limitCents: null },
        { 'idempotency-key': 'a' },
      ),
    );
    await expect(system.pool.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  test('the audit takes no entry that does not continue it', async () => {
    const insert = `INSERT INTO trading_audit (user_id, sequence, at, action, details, previous_hash, hash)
                    SELECT user_id, $1, now(), 'order.filled', '{}', $2, 'x' FROM trading_audit LIMIT 1`;
    await expect(system.pool.query(insert, [3, 'not the last hash'])).rejects.toMatchObject({
      code: '23000',
    });
    await expect(system.pool.query(insert, [9, ''])).rejects.toMatchObject({ code: '23000' });
  });

  test('what gets past the database is told by the verification', async () => {
    const person = await personAt(system.url, 'past@example.com');
    const order = { symbol: 'SPY', side: 'buy', quantity: 1, limitCents: null };
    await person.post('/api/orders', order, { 'idempotency-key': 'v' });
    expect((await person.get('/api/audit/verify')).body).toEqual({ intact: true, entries: 2 });
    const { userId } = (await person.get('/api/me')).body as { userId: string };
    const change = () =>
      system.pool.query(
        `UPDATE trading_audit SET details = replace(details, '"quantity":1', '"quantity":2')
         WHERE sequence = 2 AND user_id = (SELECT pseudonym FROM audit_subjects WHERE user_id = $1)`,
        [userId],
      );
    await expect(change()).rejects.toThrow('permission denied');
    await system.pool.query('GRANT UPDATE ON trading_audit TO CURRENT_USER');
    await expect(change()).rejects.toThrow('the trading audit is append-only');
    await system.pool.query('ALTER TABLE trading_audit DISABLE TRIGGER audit_stays');
    await change();
    await system.pool.query('ALTER TABLE trading_audit ENABLE TRIGGER audit_stays');
    expect((await person.get('/api/audit/verify')).body).toEqual({
      intact: false,
      sequence: 2,
      problem: 'content',
    });
  });

  test('keys that were moved to another user stop his orders, and the audit tells', async () => {
    const thief = await personAt(system.url, 'thief@example.com');
    const victim = await personAt(system.url, 'victim@example.com');
    for (const person of [thief, victim])
      await person.send('PUT', '/api/broker', { broker: 'alpaca', key: 'abcd-1234', secret: 'sesame' });
    await system.pool.query(
      `UPDATE broker_credentials SET sealed = (SELECT c.sealed FROM broker_credentials c JOIN users u ON u.id = c.user_id
                                               WHERE u.email = 'victim@example.com')
       WHERE user_id = (SELECT id FROM users WHERE email = 'thief@example.com')`,
    );
    const order = { symbol: 'SPY', side: 'buy', quantity: 1, limitCents: null };
    const stolen = await thief.post('/api/orders', order, { 'idempotency-key': 't' });
    expect(stolen).toMatchObject({ status: 409, body: { code: 'broker_tampered' } });
    const { body } = await thief.get('/api/audit');
    expect((body as { entries: { action: string }[] }).entries[0]).toMatchObject({
      action: 'broker.tampered',
    });
    expect((await victim.post('/api/orders', order, { 'idempotency-key': 't' })).status).toBe(201);
  });
});
