import type { Database } from 'fairway-kit/postgres';

/** Deletes what has outlived its use: keys after 24 hours, delivered events after a day, ended sessions, old orders. */
export async function tidyUp(database: Database): Promise<void> {
  await database.query(`DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`);
  await database.query(`DELETE FROM outbox WHERE delivered_at < now() - interval '1 day'`);
  await database.query(`DELETE FROM sessions WHERE expires_at < now()`);
  // Imports stay: trades belong to them.
  await database.query(
    `DELETE FROM jobs WHERE state = 'done' AND kind <> 'import' AND touched_at < now() - interval '30 days'`,
  );
}
