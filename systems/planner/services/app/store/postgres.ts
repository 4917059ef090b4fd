import type { Queries } from 'fairway-kit/postgres';
import type { PlannerStore } from './store.ts';

/** Simulations and the audit log in Postgres; the tables are those of `migrations/`. */
export function createPostgresStore(database: Queries): PlannerStore {
  return {
    async find(id) {
      const [row] = await database.query<{ answer: string }>('SELECT answer FROM simulations WHERE id = $1', [
        id,
      ]);
      return row === undefined ? null : Buffer.from(row.answer);
    },
    async keep(id, answer) {
      await database.query(
        'INSERT INTO simulations (id, answer) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING',
        [id, answer.toString()],
      );
    },
    async audit({ at, userId, correlationId, action, subject, plan, success }) {
      await database.query(
        `INSERT INTO audit (at, user_id, correlation_id, action, subject, plan, success)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [new Date(at), userId, correlationId, action, subject, plan, success],
      );
    },
  };
}
