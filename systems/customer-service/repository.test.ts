import { randomUUID } from 'node:crypto';
import { createLog, createMetrics, systemClock } from 'fairway-kit';
import { createDatabase } from 'fairway-kit/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditAction, AuditEntry } from './services/customer-service/domain/audit.ts';
import type { Customer } from './services/customer-service/domain/customer.ts';
import type { Session, User } from './services/customer-service/domain/session.ts';
import { createMemoryRepository } from './services/customer-service/repository/memory.ts';
import { createPostgresRepository } from './services/customer-service/repository/postgres.ts';
import type { Repository } from './services/customer-service/repository/repository.ts';
import { createSteadyDatabase } from './services/customer-service/repository/steady.ts';
import { startStore } from './testing/stores.ts';

const start = Date.parse('2026-03-01T10:00:00Z');
const minute = 60_000;

describe.each([
  { kind: 'memory', open: async () => ({ repository: createMemoryRepository(), close: async () => {} }) },
  { kind: 'postgres', open: openPostgres },
] as const)('the repository in $kind', ({ kind, open }) => {
  let opened: Awaited<ReturnType<typeof open>>;
  let repository: Repository;
  beforeAll(async () => {
    opened = await open();
    repository = opened.repository;
  });
  afterAll(() => opened.close());

  it('says what it is', () => expect(repository.kind).toBe(kind));

  it('keeps one user for each address', async () => {
    const user = userOf('one@example.com');
    expect(await repository.addUser(user, start, entry('user.added', user.id))).toBe(true);
    expect(await repository.addUser(userOf('one@example.com'), start, entry('user.added', 'twice'))).toBe(
      false,
    );
    expect(await repository.userByEmail('one@example.com')).toEqual(user);
    expect(await repository.userById(user.id)).toEqual(user);
    expect(await repository.userByEmail('nobody@example.com')).toBeNull();
    expect(await actionsOf(repository, 'twice')).toEqual([]);
  });

  it('exchanges a refresh token once, and ends its family at the second use', async () => {
    const { session } = await opensSession(repository, 'family');
    const at = (hash: string, nextHash: string) =>
      repository.rotate(
        { hash, nextHash, now: start + minute, expiresAt: start + 31 * minute },
        ({ verdict }) => entry('auth.refresh', session.id, verdict),
      );
    expect(await at('family', 'family-2')).toEqual({
      verdict: 'good',
      session: { ...session, version: 2, expiresAt: start + 31 * minute },
    });
    expect((await at('family-2', 'family-3')).verdict).toBe('good');
    expect(await at('family', 'stolen')).toMatchObject({
      verdict: 'reused',
      session: { revokedAt: start + minute },
    });
    expect((await at('family-3', 'family-4')).verdict).toBe('revoked');
    expect((await at('stolen', 'stolen-2')).verdict).toBe('unknown');
    expect((await repository.session(session.id))?.revokedAt).toBe(start + minute);
    const told = await repository.audit({ ...everything, subject: session.id, action: 'auth.refresh' });
    expect(told.map(({ detail }) => detail).toReversed()).toEqual([
      'good',
      'good',
      'reused',
      'revoked',
      'unknown',
    ]);
  });

  it('lets only one of several uses at the same moment pass', async () => {
    for (let round = 0; round < 10; round++) {
      const { session } = await opensSession(repository, `race-${round}`);
      const uses = await Promise.all(
        ['a', 'b', 'c', 'd'].map((next) =>
          repository.rotate(
            { hash: `race-${round}`, nextHash: `${next}-${round}`, now: start, expiresAt: start + minute },
            () => entry('auth.refresh', 'race'),
          ),
        ),
      );
      expect(uses.map(({ verdict }) => verdict).toSorted()).toEqual(['good', 'reused', 'revoked', 'revoked']);
      expect((await repository.session(session.id))?.revokedAt).not.toBeNull();
    }
  });

  it('knows when a session is over, ends it and forgets it', async () => {
    const { session } = await opensSession(repository, 'over');
    const late = { hash: 'over', nextHash: 'late', now: session.expiresAt, expiresAt: start + 60 * minute };
    expect((await repository.rotate(late, () => entry('auth.refresh', 'over'))).verdict).toBe('expired');
    const ended = await repository.endSession(session.id, start + minute, entry('auth.logout', session.id));
    expect(ended).toMatchObject({ version: 2, revokedAt: start + minute });
    expect(await repository.endSession(randomUUID(), start, entry('auth.logout', 'nobody'))).toBeNull();
    expect(await repository.forgetSessions(session.expiresAt + 1)).toBeGreaterThan(0);
    expect(await repository.session(session.id)).toBeNull();
  });

  it('adds a customer once, whoever tries at the same moment', async () => {
    const customer = customerOf('Ada', 'ada@example.com', start);
    const add = () => repository.addCustomer(customer, entry('customer.added', customer.id));
    const outcomes = await Promise.all([add(), add(), add()]);
    expect(outcomes.toSorted()).toEqual(['added', 'there', 'there']);
    const other = customerOf('Other', 'ada@example.com', start);
    expect(await repository.addCustomer(other, entry('customer.added', other.id))).toBe('email_taken');
    expect(await repository.customer(customer.id)).toEqual(customer);
    expect(await repository.customer(other.id)).toBeNull();
    expect(await actionsOf(repository, customer.id)).toEqual(['customer.added']);
    expect(await actionsOf(repository, other.id)).toEqual([]);
  });

  it('changes a customer only as it was read', async () => {
    const customer = customerOf('Bob', 'bob@example.com', start);
    const taken = customerOf('Bea', 'bea@example.com', start);
    for (const each of [customer, taken])
      await repository.addCustomer(each, entry('customer.added', each.id));
    const change = (fields: Partial<Customer>, expected: number | null) =>
      repository.changeCustomer(
        customer.id,
        { fields: { ...fieldsOf(customer), ...fields }, expected, now: start + minute },
        (changed) => entry('customer.changed', customer.id, changed.join()),
      );
    const changed = { ...customer, name: 'Robert', version: 2, changedAt: start + minute };
    expect(await change({ name: 'Robert' }, 1)).toEqual({
      is: 'changed',
      customer: changed,
      fields: ['name'],
    });
    expect(await change({ name: 'Rob' }, 1)).toEqual({ is: 'changed_meanwhile', version: 2 });
    expect(await change({ email: 'bea@example.com' }, null)).toEqual({ is: 'email_taken' });
    expect(await repository.customer(customer.id)).toEqual(changed);
    expect(await actionsOf(repository, customer.id)).toEqual(['customer.added', 'customer.changed']);
    const found = await repository.customers({ limit: 10, search: 'robert', after: null });
    expect(found.map(({ id }) => id)).toEqual([customer.id]);
  });

  it('removes a customer only as it was read, and remembers that', async () => {
    const customer = customerOf('Cy', 'cy@example.com', start);
    await repository.addCustomer(customer, entry('customer.added', customer.id));
    const remove = (expected: number | null) =>
      repository.removeCustomer(customer.id, expected, entry('customer.removed', customer.id));
    expect(await remove(7)).toEqual({ is: 'changed_meanwhile', version: 1 });
    expect(await remove(1)).toEqual({ is: 'removed', version: 1 });
    expect(await remove(null)).toEqual({ is: 'missing' });
    expect(await repository.customer(customer.id)).toBeNull();
    expect(await actionsOf(repository, customer.id)).toEqual(['customer.added', 'customer.removed']);
  });

  it('finds by a part of name, address or company, in any case of letters', async () => {
    const customer = { ...customerOf('Zoë 100%_Sure', 'zoe@mail.test', start), company: 'ÄRZTEHAUS' };
    await repository.addCustomer(customer, entry('customer.added', customer.id));
    const finds = async (search: string) =>
      (await repository.customers({ limit: 200, search, after: null })).some(({ id }) => id === customer.id);
    for (const search of ['zoë', 'ZOË', '100%_s', 'mail.test', 'ärzte', ''])
      expect({ search, found: await finds(search) }).toEqual({ search, found: true });
    for (const search of ['1000', '%e', 'nobody'])
      expect({ search, found: await finds(search) }).toEqual({ search, found: false });
  });

  it('gives pages that hold each customer once, newest first', async () => {
    const all = Array.from({ length: 7 }, (_, index) =>
      // three of the same moment, so that the id decides
      customerOf(`Page ${index}`, `page-${index}@pages.test`, start + minute + Math.max(0, index - 2)),
    );
    for (const each of all) await repository.addCustomer(each, entry('customer.added', each.id));
    const seen: Customer[] = [];
    for (let after = null as { createdAt: number; id: string } | null; ; ) {
      const page = await repository.customers({ limit: 3, search: '@pages.test', after });
      seen.push(...page);
      after = page.at(-1) ?? null;
      if (page.length < 3) break;
    }
    const newest = all.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
    expect(seen.map(({ id }) => id)).toEqual(newest.map(({ id }) => id));
  });

  it('keeps the audit trail in order and each entry once', async () => {
    const entries = ['a', 'b', 'c'].map((detail) => entry('customer.read', 'trail', detail));
    await repository.record(entries);
    await repository.record(entries.slice(1));
    const all = await repository.audit({ ...everything, subject: 'trail' });
    expect(all.map(({ seq: _, ...kept }) => kept)).toEqual(entries.toReversed());
    const [, middle] = all;
    const older = await repository.audit({ ...everything, subject: 'trail', before: middle?.seq ?? 0 });
    expect(older.map(({ detail }) => detail)).toEqual(['a']);
    expect(await repository.audit({ ...everything, actorId: randomUUID() })).toEqual([]);
    expect(await repository.audit({ ...everything, limit: 2, subject: 'trail' })).toHaveLength(2);
  });
});

async function openPostgres() {
  const store = await startStore('database');
  const log = createLog({
    ...{ level: 'error', format: 'plain', base: {}, secrets: [], clock: systemClock },
    write: () => undefined,
  });
  const world = { clock: systemClock, log, metrics: createMetrics() };
  const database = createDatabase({ url: store.url }, world);
  return {
    repository: createPostgresRepository(createSteadyDatabase(database, world)),
    async close() {
      await database.close();
      await store.close();
    },
  };
}

const everything = { limit: 100, before: null, action: null, actorId: null, subject: null };

const entry = (action: AuditAction, subject: string, detail: string | null = null): AuditEntry => ({
  ...{ id: randomUUID(), at: start, actorId: null, actor: 'test@example.com', action, subject, detail },
  ...{ outcome: 'done', requestId: 'req-test', address: null },
});

const userOf = (email: string): User => ({
  ...{ id: randomUUID(), email, name: email, role: 'agent', passwordHash: 'none' },
});

const customerOf = (name: string, email: string, createdAt: number): Customer => ({
  ...{ id: randomUUID(), name, email, phone: null, company: null },
  ...{ version: 1, createdAt, changedAt: createdAt },
});

const fieldsOf = ({ name, email, phone, company }: Customer) => ({ name, email, phone, company });

const actionsOf = async (repository: Repository, subject: string) =>
  (await repository.audit({ ...everything, subject })).map(({ action }) => action).toReversed();

async function opensSession(repository: Repository, hash: string): Promise<{ session: Session }> {
  const user = userOf(`${hash}@example.com`);
  await repository.addUser(user, start, null);
  const session: Session = {
    ...{ id: randomUUID(), userId: user.id, version: 1 },
    ...{ expiresAt: start + 30 * minute, revokedAt: null },
  };
  await repository.openSession(session, hash, start, entry('auth.login', session.id));
  return { session };
}
