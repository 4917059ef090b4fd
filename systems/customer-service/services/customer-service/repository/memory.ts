import type { AuditEntry, KeptEntry } from '../domain/audit.ts';
import { changedFields, type Customer, foundBy } from '../domain/customer.ts';
import { isAfter, newestFirst } from '../domain/paging.ts';
import { afterRefresh, judgeRefresh, type Session, type User } from '../domain/session.ts';
import type { Repository } from './repository.ts';

/** All of it in this process, gone with it: for development without a database. */
export function createMemoryRepository(): Repository {
  const users = new Map<string, User>();
  const sessions = new Map<string, Session>();
  const tokens = new Map<string, { readonly sessionId: string; readonly usedAt: number | null }>();
  const customers = new Map<string, Customer>();
  const trail: KeptEntry[] = [];
  const recorded = new Set<string>();

  const byEmail = <T extends { readonly email: string }>(all: ReadonlyMap<string, T>, email: string) =>
    [...all.values()].find((each) => each.email === email) ?? null;
  const record = (entry: AuditEntry) => {
    if (recorded.has(entry.id)) return;
    recorded.add(entry.id);
    trail.push({ ...entry, seq: trail.length + 1 });
  };

  return {
    kind: 'memory',

    userByEmail: async (email) => byEmail(users, email),
    userById: async (id) => users.get(id) ?? null,
    async addUser(user, _now, entry) {
      if (byEmail(users, user.email) !== null) return false;
      users.set(user.id, user);
      if (entry !== null) record(entry);
      return true;
    },

    async openSession(session, tokenHash, _now, entry) {
      sessions.set(session.id, session);
      tokens.set(tokenHash, { sessionId: session.id, usedAt: null });
      record(entry);
    },
    session: async (id) => sessions.get(id) ?? null,
    async rotate({ hash, nextHash, now, expiresAt }, entryOf) {
      const token = tokens.get(hash);
      const held = sessions.get(token?.sessionId ?? '');
      const verdict = judgeRefresh(token && held ? { usedAt: token.usedAt, session: held } : null, now);
      const session = held === undefined ? null : (afterRefresh(held, verdict, { now, expiresAt }) ?? held);
      if (session !== null) sessions.set(session.id, session);
      if (verdict === 'good' && session !== null) {
        tokens.set(hash, { sessionId: session.id, usedAt: now });
        tokens.set(nextHash, { sessionId: session.id, usedAt: null });
      }
      record(entryOf({ verdict, session }));
      return { verdict, session };
    },
    async endSession(id, now, entry) {
      const held = sessions.get(id);
      if (held === undefined) return null;
      const ended = { ...held, version: held.version + 1, revokedAt: held.revokedAt ?? now };
      sessions.set(id, ended);
      record(entry);
      return ended;
    },
    async forgetSessions(before) {
      const over = [...sessions.values()].filter(({ expiresAt }) => expiresAt < before).map(({ id }) => id);
      for (const id of over) sessions.delete(id);
      for (const [hash, { sessionId }] of tokens) if (over.includes(sessionId)) tokens.delete(hash);
      return over.length;
    },

    customer: async (id) => customers.get(id) ?? null,
    async customers({ limit, search, after }) {
      const wanted = search.toLowerCase();
      return [...customers.values()]
        .filter((each) => foundBy(each).includes(wanted) && (after === null || isAfter(each, after)))
        .toSorted(newestFirst)
        .slice(0, limit);
    },
    async addCustomer(customer, entry) {
      if (customers.has(customer.id)) return 'there';
      if (byEmail(customers, customer.email) !== null) return 'email_taken';
      customers.set(customer.id, customer);
      record(entry);
      return 'added';
    },
    async changeCustomer(id, { fields, expected, now }, entryOf) {
      const held = customers.get(id);
      if (held === undefined) return { is: 'missing' };
      if (expected !== null && expected !== held.version)
        return { is: 'changed_meanwhile', version: held.version };
      if ((byEmail(customers, fields.email) ?? held).id !== id) return { is: 'email_taken' };
      const customer = { ...held, ...fields, version: held.version + 1, changedAt: now };
      const changed = changedFields(held, fields);
      customers.set(id, customer);
      record(entryOf(changed));
      return { is: 'changed', customer, fields: changed };
    },
    async removeCustomer(id, expected, entry) {
      const held = customers.get(id);
      if (held === undefined) return { is: 'missing' };
      if (expected !== null && expected !== held.version)
        return { is: 'changed_meanwhile', version: held.version };
      customers.delete(id);
      record(entry);
      return { is: 'removed', version: held.version };
    },

    record: async (entries) => entries.forEach(record),
    async audit({ limit, before, action, actorId, subject }) {
      return trail
        .filter(
          (each) =>
            (before === null || each.seq < before) &&
            (action === null || each.action === action) &&
            (actorId === null || each.actorId === actorId) &&
            (subject === null || each.subject === subject),
        )
        .slice(-limit)
        .toReversed();
    },
  };
}
