import type { AuditEntry, KeptEntry } from '../domain/audit.ts';
import type { Customer, CustomerFields } from '../domain/customer.ts';
import type { AuditQuery, CustomerQuery } from '../domain/paging.ts';
import type { RefreshVerdict, Session, User } from '../domain/session.ts';

/** Who reads a changed row first must have said which one: null takes it as it is. */
export type Expected = number | null;

export type Changed =
  | { readonly is: 'changed'; readonly customer: Customer; readonly fields: readonly string[] }
  | { readonly is: 'missing' }
  | { readonly is: 'email_taken' }
  | { readonly is: 'changed_meanwhile'; readonly version: number };

export type Removed =
  | { readonly is: 'removed'; readonly version: number }
  | { readonly is: 'missing' }
  | { readonly is: 'changed_meanwhile'; readonly version: number };

export interface Rotation {
  /** SHA-256 of the token that is shown, and of the one that takes its place. */
  readonly hash: string;
  readonly nextHash: string;
  readonly now: number;
  readonly expiresAt: number;
}

export type Rotated = { readonly verdict: RefreshVerdict; readonly session: Session | null };

/**
 * All that is kept. Each change and its audit entry happen together or not at all. When the store is away, a call rejects
 * with an error of which `isAway` is true; a change may have happened then.
 */
export interface Repository {
  readonly kind: 'memory' | 'postgres';

  userByEmail(email: string): Promise<User | null>;
  userById(id: string): Promise<User | null>;
  /** False when somebody has the address already. */
  addUser(user: User, now: number, entry: AuditEntry | null): Promise<boolean>;

  openSession(session: Session, tokenHash: string, now: number, entry: AuditEntry): Promise<void>;
  session(id: string): Promise<Session | null>;
  /** Exchanges a refresh token as `judgeRefresh` says; of two attempts at the same moment one is a second use. */
  rotate(rotation: Rotation, entryOf: (rotated: Rotated) => AuditEntry): Promise<Rotated>;
  /** The session as it is afterwards; null when there is none. */
  endSession(id: string, now: number, entry: AuditEntry): Promise<Session | null>;
  /** Forgets sessions that ended before this moment; how many. */
  forgetSessions(before: number): Promise<number>;

  customer(id: string): Promise<Customer | null>;
  customers(query: CustomerQuery): Promise<readonly Customer[]>;
  /** `there`: a customer with this id is there already, and stays as it is. */
  addCustomer(customer: Customer, entry: AuditEntry): Promise<'added' | 'there' | 'email_taken'>;
  changeCustomer(
    id: string,
    change: { readonly fields: CustomerFields; readonly expected: Expected; readonly now: number },
    entryOf: (fields: readonly string[]) => AuditEntry,
  ): Promise<Changed>;
  removeCustomer(id: string, expected: Expected, entry: AuditEntry): Promise<Removed>;

  /** Adds to the trail; an entry that is there already is not added again. */
  record(entries: readonly AuditEntry[]): Promise<void>;
  /** The newest first. */
  audit(query: AuditQuery): Promise<readonly KeptEntry[]>;
}
