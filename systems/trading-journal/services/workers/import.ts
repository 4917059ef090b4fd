import { seededRandom } from 'fairway-kit';
import type { Database } from 'fairway-kit/postgres';
import type { ImportRequest } from '../common/jobs.ts';
import { fail, ok, type Result } from '../common/result.ts';
import { isDecimal, isMoment } from '../common/shape.ts';
import type { Book, BookedJob } from './book.ts';
import type { AskBroker } from './broker.ts';
import { Hopeless } from './consumers.ts';

export interface Fill {
  readonly line: number;
  readonly executedAt: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: string;
  readonly price: string;
  readonly profitCents: number | null;
}

const atOnce = 100;
const window = 90 * 86_400_000;

/** Writes the fills in portions and tells the progress after each. Doing it again writes nothing twice. */
export async function runImport(
  job: Extract<BookedJob, { kind: 'import' }>,
  { database, book, askBroker }: { database: Database; book: Book; askBroker: AskBroker },
): Promise<void> {
  const { payload } = job;
  const request =
    payload.source === 'broker' ? await told(askBroker(job.userId, payload.keyId)) : ok(payload);
  const fills = request.ok ? fillsOf(request.value) : request;
  if (!fills.ok) throw new Hopeless(fills.detail);
  const all = fills.value;
  for (let from = 0; from < all.length; from += atOnce) {
    await writeFills(database, job, all.slice(from, from + atOnce));
    await book.progress(job, Math.min(99, Math.floor((100 * (from + atOnce)) / all.length)));
  }
  await book.finish(job, { fills: all.length });
}

/** What the broker tells is read as a file of his would be. */
async function told(answer: Promise<Result<string>>): Promise<Result<KnownFills>> {
  const text = await answer;
  return text.ok ? ok({ source: 'csv', text: text.value }) : text;
}

type KnownFills = Exclude<ImportRequest, { source: 'broker' }>;

export function fillsOf(request: KnownFills): Result<readonly Fill[]> {
  switch (request.source) {
    case 'synthetic':
      return ok(syntheticFills(request.fills, request.seed));
    case 'csv':
    case 'binance':
      return parseFills(request.text);
  }
}

/**
 * Lines of `executed_at,symbol,side,quantity,price,profit_cents`, the first of them with these names. All must be right,
 * and lie within 90 days. Failures: `header_wrong`, `line_wrong`, `window_too_long`.
 */
export function parseFills(text: string): Result<readonly Fill[]> {
  const [header = '', ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (header !== 'executed_at,symbol,side,quantity,price,profit_cents') {
    return fail(
      'header_wrong',
      'The first line must be executed_at,symbol,side,quantity,price,profit_cents.',
    );
  }
  const fills = lines.map(parseFill);
  const wrong = fills.indexOf(null);
  if (wrong !== -1) return fail('line_wrong', `Line ${wrong + 2} is no fill.`);
  const good = fills.filter((fill) => fill !== null);
  const moments = good.map(({ executedAt }) => Date.parse(executedAt));
  const earliest = moments.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
  const latest = moments.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
  if (latest - earliest > window) return fail('window_too_long', 'An import may span 90 days.');
  return ok(good);
}

function parseFill(text: string, index: number): Fill | null {
  const [executedAt = '', symbol = '', side = '', quantity = '', price = '', profit = '', ...rest] = text
    .split(',')
    .map((each) => each.trim());
  const isGood =
    rest.length === 0 &&
    isMoment(executedAt) &&
    /^[A-Z0-9.:-]{1,20}$/.test(symbol) &&
    (side === 'buy' || side === 'sell') &&
    isDecimal(quantity) &&
    isDecimal(price) &&
    /^(-?\d{1,13})?$/.test(profit);
  if (!isGood) return null;
  return {
    line: index + 2,
    executedAt,
    symbol,
    side,
    quantity,
    price,
    profitCents: profit === '' ? null : Number(profit),
  };
}

/** Fills for probes and demonstrations, the same for the same seed. */
function syntheticFills(count: number, seed: number): readonly Fill[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    line: index + 1,
    executedAt: new Date(Date.UTC(2025, 0, 1) + index * 60_000).toISOString(),
    symbol: 'SYNTHETIC',
    side: random() < 0.5 ? 'buy' : 'sell',
    quantity: String(1 + Math.floor(random() * 10)),
    price: (90 + random() * 20).toFixed(2),
    profitCents: Math.round((random() - 0.5) * 10_000),
  }));
}

async function writeFills(database: Database, job: BookedJob, fills: readonly Fill[]): Promise<void> {
  await database.query(
    `INSERT INTO trades (user_id, import_id, import_line, executed_at, symbol, side, quantity, price, profit_cents)
     SELECT $1, $2, line, executed_at, symbol, side, quantity, price, profit_cents
     FROM jsonb_to_recordset($3) AS fills (line integer, executed_at timestamptz, symbol text, side text,
       quantity numeric, price numeric, profit_cents bigint)
     -- Not when the user gave the import back meanwhile.
     WHERE EXISTS (SELECT 1 FROM jobs WHERE id = $2)
     ON CONFLICT DO NOTHING`,
    [job.userId, job.id, JSON.stringify(fills.map(toRecord))],
  );
}

const toRecord = ({ executedAt, profitCents, ...same }: Fill) => ({
  ...same,
  executed_at: executedAt,
  profit_cents: profitCents,
});
