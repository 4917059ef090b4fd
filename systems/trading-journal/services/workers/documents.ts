import type { Database } from 'fairway-kit/postgres';
import { boundsOf } from '../common/weeks.ts';
import type { Book, BookedJob } from './book.ts';
import type { Bucket } from './bucket.ts';

interface Around {
  readonly database: Database;
  readonly book: Book;
  readonly bucket: Bucket;
}

/** A week in numbers: an object in the bucket for each run, and one row per user for the latest week. */
export async function runDigest(
  job: Extract<BookedJob, { kind: 'digest' }>,
  { database, book, bucket }: Around,
): Promise<void> {
  const { week } = job.payload;
  const { from, to } = boundsOf(week);
  const between = [job.userId, new Date(from).toISOString(), new Date(to).toISOString()];
  const rows = await database.query<{ trades: number; profitCents: number; wins: number }>(
    `SELECT count(*)::int AS trades, coalesce(sum(profit_cents), 0)::float8 AS "profitCents",
       (count(*) FILTER (WHERE profit_cents > 0))::int AS wins
     FROM trades WHERE user_id = $1 AND executed_at >= $2 AND executed_at < $3`,
    between,
  );
  const written = await database.query<{ reflections: number; averageScore: number | null }>(
    `SELECT count(*)::int AS reflections, avg(score)::float8 AS "averageScore"
     FROM reflections WHERE user_id = $1 AND created_at >= $2 AND created_at < $3`,
    between,
  );
  const summary = { week, ...rows[0], ...written[0] };
  const key = `digests/${job.userId}/${week}/${job.id}.json`;
  await bucket.put(key, JSON.stringify(summary, null, 2), 'application/json');
  await book.finish(job, { week, objectKey: key }, async (tx) => {
    await tx.query(
      `INSERT INTO digests (user_id, week, object_key, summary) VALUES ($1, $2, $3, $4)
       ON CONFLICT (user_id) DO UPDATE SET week = $2, object_key = $3, summary = $4, created_at = now()
       WHERE digests.week <= $2`,
      [job.userId, week, key, JSON.stringify(summary)],
    );
  });
}

/** Everything a user has entered, as one object in the bucket. */
export async function runExport(
  job: Extract<BookedJob, { kind: 'export' }>,
  { database, book, bucket }: Around,
): Promise<void> {
  const { format } = job.payload;
  const rows = await database.query<Readonly<Record<string, string | null>>>(
    `SELECT executed_at::text, symbol, side, quantity::text, price::text, profit_cents::text
     FROM trades WHERE user_id = $1 ORDER BY executed_at, id`,
    [job.userId],
  );
  const key = `exports/${job.userId}/${job.id}.${format}`;
  const names = ['executed_at', 'symbol', 'side', 'quantity', 'price', 'profit_cents'];
  const lines = [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))].map((line) =>
    line.join(','),
  );
  const body = format === 'json' ? JSON.stringify({ trades: rows }) : `${lines.join('\n')}\n`;
  await bucket.put(key, body, format === 'json' ? 'application/json' : 'text/csv');
  await book.finish(job, { objectKey: key, trades: rows.length });
}
