import { randomUUID } from 'node:crypto';
import { hashPassword } from 'fairway-kit';
import { customerIdOf } from './domain/customer.ts';
import { type Role, roles } from './domain/roles.ts';
import type { Repository } from './repository/repository.ts';
import type { Trail } from './trail.ts';

export const demoPassword = 'demo-password';

export interface SeedUser {
  readonly email: string;
  readonly role: Role;
  readonly password: string;
}

/** Users who are there from the start. Several replicas may add them at once: those who are there stay as they are. */
export function usersToSeed(settings: {
  readonly adminEmail: string;
  readonly adminPassword: string | null;
  readonly probeEmail: string;
  readonly probePassword: string | null;
  readonly demoUsers: boolean;
}): readonly SeedUser[] {
  const { adminEmail, adminPassword, probeEmail, probePassword, demoUsers } = settings;
  const users: SeedUser[] = [];
  if (adminPassword !== null) users.push({ email: adminEmail, role: 'admin', password: adminPassword });
  if (probePassword !== null) users.push({ email: probeEmail, role: 'reader', password: probePassword });
  if (demoUsers)
    users.push(...roles.map((role) => ({ email: `${role}@demo.example.com`, role, password: demoPassword })));
  return users;
}

export async function seed(
  { repository, trail, now }: { repository: Repository; trail: Trail; now: number },
  users: readonly SeedUser[],
  customers: number,
): Promise<void> {
  for (const { email, role, password } of users) {
    if ((await repository.userByEmail(email)) !== null) continue;
    const passwordHash = await hashPassword(password);
    const entry = trail.entry({ action: 'user.added', subject: email, by: seeder, detail: role });
    await repository.addUser({ id: randomUUID(), email, name: email, role, passwordHash }, now, entry);
  }
  for (let number = 1; number <= customers; number++) {
    const id = customerIdOf('seed', String(number));
    const email = `customer-${number}@example.com`;
    const fields = { name: `Customer ${number}`, email, phone: null, company: companies[number % 3] ?? null };
    const entry = trail.entry({ action: 'customer.added', subject: id, by: seeder });
    const at = now + number; // each in a millisecond of its own, so that their order is known
    await repository.addCustomer({ id, ...fields, version: 1, createdAt: at, changedAt: at }, entry);
  }
}

const seeder = { userId: null, email: 'the start of the service' } as const;
const companies = ['Harbour & Sons', 'Lighthouse Ltd', null] as const;
