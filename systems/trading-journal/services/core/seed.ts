import { hashPassword, seededRandom } from 'fairway-kit';
import type { Database } from 'fairway-kit/postgres';

export interface SeedUser {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly trades: number;
}

const day = 86_400_000;
/** Checks log in as these users every few seconds: a fifth of the cost that people's passwords get. */
const seedCost = { N: 16_384, r: 8, p: 1 };

/** Creates the users that are not there yet, with some trades of the last weeks. Several replicas may do it at once. */
export async function seedUsers(database: Database, users: readonly SeedUser[], now: number): Promise<void> {
  for (const user of users) {
    const found = await database.query('SELECT 1 FROM users WHERE email = $1', [user.email]);
    if (found.length === 0) await seedUser(database, user, now);
  }
}

async function seedUser(
  database: Database,
  { email, name, password, trades }: SeedUser,
  now: number,
): Promise<void> {
  const hash = await hashPassword(password, seedCost);
  await database.transaction(async (tx) => {
    const rows = await tx.query<{ id: string }>(
      `INSERT INTO users (email, name, password_hash) VALUES ($1, $2, $3) ON CONFLICT (email) DO NOTHING RETURNING id`,
      [email, name, hash],
    );
    const id = rows[0]?.id;
    if (id === undefined) return; // another replica was faster
    const random = seededRandom(7);
    for (let index = 0; index < trades; index++) {
      const symbol = ['AAPL', 'MSFT', 'NVDA', 'EURUSD'][index % 4];
      const side = random() < 0.5 ? 'buy' : 'sell';
      const price = (100 + 50 * random()).toFixed(2);
      const profit = Math.round((random() - 0.45) * 40_000);
      const at = new Date(now - (trades - index) * (day / 2)).toISOString();
      await tx.query(
        `INSERT INTO trades (user_id, symbol, side, quantity, price, profit_cents, executed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [id, symbol, side, 1 + (index % 5), price, profit, at],
      );
    }
  });
}
