import { createHash } from 'node:crypto';
import { ok, type Result } from '../common/result.ts';
import { type Field, numberField, orElse, shape } from '../common/shape.ts';
import { type Decimal, formatDecimal, mean, one, parseDecimal, scale, squareRoot, whole } from './decimal.ts';

const mostCloses = 5_000;

const closesField: Field<readonly Decimal[]> = {
  expects: `2 to ${mostCloses} positive decimal numbers as texts`,
  read: (value) => {
    if (!Array.isArray(value) || value.length < 2 || value.length > mostCloses) return undefined;
    const closes = value.map((each: unknown) => (typeof each === 'string' ? parseDecimal(each) : null));
    return closes.every((each) => each !== null && each > 0n) ? (closes as Decimal[]) : undefined;
  },
};

const parse = shape({ closes: closesField, period: orElse(numberField(2, 250, 'whole'), 14) });

/**
 * The indicators of a series of closing prices, oldest first, and the SHA-256 of their canonical text. An indicator that
 * needs more prices than there are is null. Failure: `body_wrong`.
 */
export function indicators(
  body: string,
): Result<{ indicators: Record<string, string | null>; hash: string }> {
  const request = parse(body);
  if (!request.ok) return request;
  const { closes, period } = request.value;
  const fast = exponentialAverage(closes, 12);
  const slow = exponentialAverage(closes, 26);
  const deviation = standardDeviation(closes, period);
  const average = simpleAverage(closes, period);
  const values = {
    bollingerLower: average !== null && deviation !== null ? average - 2n * deviation : null,
    bollingerUpper: average !== null && deviation !== null ? average + 2n * deviation : null,
    exponentialAverage: exponentialAverage(closes, period),
    macd: fast !== null && slow !== null ? fast - slow : null,
    relativeStrength: relativeStrength(closes, period),
    simpleAverage: average,
  } satisfies Record<string, Decimal | null>;
  const written = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === null ? null : formatDecimal(value)]),
  );
  // The names above stand in alphabetical order: this text is canonical.
  const hash = createHash('sha256').update(JSON.stringify(written)).digest('hex');
  return ok({ indicators: written, hash });
}

function simpleAverage(closes: readonly Decimal[], period: number): Decimal | null {
  return closes.length < period ? null : mean(closes.slice(-period));
}

/** Begins with the simple average of the first `period` prices; weight 2 / (period + 1) for each new one. */
function exponentialAverage(closes: readonly Decimal[], period: number): Decimal | null {
  if (closes.length < period) return null;
  const start = mean(closes.slice(0, period));
  return closes
    .slice(period)
    .reduce((average, close) => average + scale(close - average, 2n, BigInt(period + 1)), start);
}

/** J. Welles Wilder, New Concepts in Technical Trading Systems (1978): smoothed gains against smoothed losses, 0 to 100. */
function relativeStrength(closes: readonly Decimal[], period: number): Decimal | null {
  if (closes.length <= period) return null;
  const changes = closes.slice(1).map((close, index) => close - (closes[index] ?? close));
  const smoothed = (part: (change: Decimal) => Decimal) =>
    changes
      .slice(period)
      .reduce(
        (average, change) => scale(average * BigInt(period - 1) + part(change), 1n, BigInt(period)),
        mean(changes.slice(0, period).map(part)),
      );
  const gain = smoothed((change) => (change > 0n ? change : 0n));
  const loss = smoothed((change) => (change < 0n ? -change : 0n));
  return gain + loss === 0n ? whole(50) : scale(whole(100), gain, gain + loss);
}

/** Of the last `period` prices, as a whole population. */
function standardDeviation(closes: readonly Decimal[], period: number): Decimal | null {
  if (closes.length < period) return null;
  const last = closes.slice(-period);
  const average = mean(last);
  return squareRoot(mean(last.map((close) => scale(close - average, close - average, one))));
}
