import { hashPassword } from 'fairway-kit';
import type { Database } from 'fairway-kit/postgres';
import { ensureClient, ensureTenant, ensureUser } from './users.ts';

export const devPassword = 'maxai-on-my-laptop';
const companies = ['Northwind', 'Contoso', 'Fabrikam', 'Tailspin'] as const;

/** The user that the checks of a release log in as; in a tenant of his own. */
export async function seedProbe(database: Database, password: string): Promise<void> {
  const tenant_id = await ensureTenant(database, 'Checks');
  const client_id = await ensureClient(database, tenant_id, 'Checks');
  const password_hash = await hashPassword(password);
  const name = 'The checks';
  await ensureUser(database, {
    tenant_id,
    client_id,
    email: 'probe@maxai.io',
    name,
    role: 'member',
    password_hash,
  });
}

/** For development only: an operator, and so many users `user1@dev.maxai.io` … in four tenants, all with one password. */
export async function seedDevUsers(database: Database, users: number): Promise<void> {
  const password_hash = await hashPassword(devPassword);
  const tenants = await Promise.all(
    companies.map(async (company) => {
      const tenant_id = await ensureTenant(database, company);
      return { tenant_id, client_id: await ensureClient(database, tenant_id, `${company} Care`) };
    }),
  );
  const [first] = tenants;
  if (first === undefined) return;
  const operator = { tenant_id: first.tenant_id, client_id: null, role: 'operator', password_hash } as const;
  await ensureUser(database, { ...operator, email: 'operator@dev.maxai.io', name: 'Olga Operator' });
  for (let number = 1; number <= users; number += 1) {
    const tenant = tenants[(number - 1) % tenants.length] ?? first;
    const email = `user${number}@dev.maxai.io`;
    await ensureUser(database, { ...tenant, email, name: `User ${number}`, role: 'member', password_hash });
  }
}
