import type { Database } from 'fairway-kit/postgres';
import { ofTenant } from '../common/tenancy.ts';
import type { Caller } from '../common/tokens.ts';

export interface User {
  readonly tenant_id: string;
  readonly user_id: string;
  readonly client_id: string | null;
  readonly email: string;
  readonly name: string;
  readonly role: Caller['role'];
  readonly password_hash: string | null;
}

/** Who logs in does not say of which tenant he is: the one question, with `allTenants`, that is not asked by tenant. */
export async function findByEmail(database: Database, email: string): Promise<User | null> {
  const [user] = await database.query<User>(
    `SELECT tenant_id, user_id, client_id, email, name, role, password_hash FROM users WHERE email = lower($1)`,
    [email],
  );
  return user ?? null;
}

export interface TenantRow {
  readonly tenant_id: string;
  readonly name: string;
  readonly plan: string;
  readonly users: number;
  readonly sessions: number;
}

/** For operators, who look after all of them. */
export const allTenants = (database: Database) =>
  database.query<TenantRow>(
    `SELECT t.tenant_id, t.name, t.plan,
            (SELECT count(*)::int FROM users u WHERE u.tenant_id = t.tenant_id) AS users,
            (SELECT count(*)::int FROM sessions s WHERE s.tenant_id = t.tenant_id
               AND s.revoked_at IS NULL AND s.expires_at > now()) AS sessions
     FROM tenants t ORDER BY t.name LIMIT 200`,
  );

export const callerOf = (user: User): Omit<Caller, 'sessionId'> => ({
  tenantId: user.tenant_id,
  clientId: user.client_id,
  userId: user.user_id,
  role: user.role,
});

export const shownUser = ({ tenant_id, user_id, client_id, email, name, role }: User) => ({
  tenantId: tenant_id,
  userId: user_id,
  clientId: client_id,
  ...{ email, name, role },
});

export async function userOf(database: Database, { tenantId, userId }: Caller): Promise<User | null> {
  const [user] = await ofTenant(database, tenantId).query<User>(
    `SELECT tenant_id, user_id, client_id, email, name, role, password_hash FROM users
     WHERE tenant_id = $1 AND user_id = $2`,
    [userId],
  );
  return user ?? null;
}

/** A tenant by its name, made when there is none. */
export async function ensureTenant(database: Database, name: string): Promise<string> {
  const [tenant] = await database.query<{ tenant_id: string }>(
    `INSERT INTO tenants (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING tenant_id`,
    [name],
  );
  return tenant?.tenant_id ?? '';
}

export async function ensureClient(database: Database, tenantId: string, name: string): Promise<string> {
  const [client] = await ofTenant(database, tenantId).query<{ client_id: string }>(
    `INSERT INTO clients (tenant_id, name) VALUES ($1, $2)
     ON CONFLICT (tenant_id, name) DO UPDATE SET name = excluded.name RETURNING client_id`,
    [name],
  );
  return client?.client_id ?? '';
}

/** Makes a user, or gives the one that is there another password. */
export async function ensureUser(
  database: Database,
  user: Pick<User, 'tenant_id' | 'client_id' | 'email' | 'name' | 'role' | 'password_hash'>,
): Promise<void> {
  await ofTenant(database, user.tenant_id).query(
    `INSERT INTO users (tenant_id, client_id, email, name, role, password_hash)
     VALUES ($1, $2, lower($3), $4, $5, $6) ON CONFLICT (email) DO UPDATE SET password_hash = excluded.password_hash
     WHERE users.tenant_id = $1`,
    [user.client_id, user.email, user.name, user.role, user.password_hash],
  );
}
