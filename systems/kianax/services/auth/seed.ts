import { hashPassword } from 'better-auth/crypto';
import type { Database } from 'fairway-kit/postgres';

/** Users that are simply there: those of development, and the one of the checks. Again and again is no harm. */
export async function seed(
  database: Database,
  { users, password, probePassword }: { users: number; password: string; probePassword: string | null },
): Promise<void> {
  if (users > 0) {
    const hash = await hashPassword(password); // one for all of them: each takes a tenth of a second
    for (let number = 1; number <= users; number += 1)
      await addUser(database, { id: `user-${number}`, name: `User ${number}`, hash });
  }
  if (probePassword !== null)
    await addUser(database, { id: 'probe', name: 'Probe', hash: await hashPassword(probePassword) });
}

async function addUser(
  database: Database,
  { id, name, hash }: { id: string; name: string; hash: string },
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query(
      `INSERT INTO users (id, name, email, email_verified) VALUES ($1, $2, $3, true) ON CONFLICT DO NOTHING`,
      [id, name, `${id}@kianax.example`],
    );
    await tx.query(
      `INSERT INTO accounts (id, user_id, account_id, provider_id, password)
       VALUES ($1, $2, $2, 'credential', $3) ON CONFLICT (id) DO UPDATE SET password = $3`,
      [`${id}-password`, id, hash],
    );
  });
}
