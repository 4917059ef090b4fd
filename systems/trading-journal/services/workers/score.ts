import type { AskAi } from '../common/ai-client.ts';
import type { Database } from 'fairway-kit/postgres';
import type { Book, BookedJob } from './book.ts';
import { Hopeless } from './consumers.ts';

/** Whom to ask, in this order. Empty while only heuristics are allowed: then no call leaves. */
export type Coaches = readonly { readonly name: 'ai' | 'vendor'; readonly ask: AskAi }[];

/** Scores a reflection, by the coach or by a rule of thumb, and keeps what was found with it. */
export async function runScore(
  job: Extract<BookedJob, { kind: 'score' }>,
  { database, book, coaches }: { database: Database; book: Book; coaches: Coaches },
): Promise<void> {
  const { reflectionId } = job.payload;
  const rows = await database.query<{ note: string; trades: number; wins: number }>(
    `SELECT note, count(trades.id)::int AS trades, (count(*) FILTER (WHERE profit_cents > 0))::int AS wins
     FROM reflections LEFT JOIN trades ON trades.user_id = reflections.user_id AND profit_cents IS NOT NULL
       AND executed_at > reflections.created_at - interval '7 days'
     WHERE reflections.id = $1 GROUP BY note`,
    [reflectionId],
  );
  const facts = rows[0];
  if (facts === undefined) return book.finish(job, { skipped: 'the reflection was deleted' });
  const scored = coaches.length === 0 ? ruleOfThumb(facts) : await askFirst(coaches, facts);
  await book.finish(job, { score: scored.score, by: scored.by }, async (tx) => {
    await tx.query('UPDATE reflections SET score = $2, advice = $3, score_source = $4 WHERE id = $1', [
      reflectionId,
      scored.score,
      JSON.stringify(scored.advice),
      scored.by,
    ]);
  });
}

interface Scored {
  readonly score: number;
  readonly advice: readonly string[];
  readonly by: string;
}

/** Longer notes are better notes; a winning week helps a little. */
export function ruleOfThumb({ note, trades, wins }: { note: string; trades: number; wins: number }): Scored {
  const words = note.split(/\s+/).filter((word) => word !== '').length;
  const score = 40 + Math.min(40, words) + (trades === 0 ? 0 : Math.round((20 * wins) / trades));
  const advice = words < 10 ? ['Write down why you entered and why you left.'] : [];
  return { score, advice, by: 'heuristics' };
}

async function askFirst(coaches: Coaches, facts: object): Promise<Scored> {
  const failures: string[] = [];
  for (const { name, ask } of coaches) {
    const answer = await ask('/v1/coach', facts);
    if (answer.ok) return readScore(answer.value, name);
    failures.push(`${name}: ${answer.detail}`);
  }
  throw new Error(failures.join(' '));
}

function readScore(answer: object, by: string): Scored {
  const { score, advice } = answer as { score?: unknown; advice?: unknown };
  const isGood =
    Number.isInteger(score) && Array.isArray(advice) && advice.every((each) => typeof each === 'string');
  if (!isGood) throw new Hopeless(`${by} gave an answer that is no score.`);
  return { score: score as number, advice: advice, by };
}
