import { err, ok, type Result } from './result.ts';
import { type Bytes, bytes, type Cents, cents, type Millis, millis, type Percent, percent } from './units.ts';

/** Why a text is no quantity: what was received and, as a half sentence, what to write instead. */
export interface UnitProblem {
  readonly received: string;
  readonly write: string;
}

/** So many per length of time: `60/min`. */
export interface Rate {
  readonly count: number;
  readonly per: Millis;
}

type Parsed<T> = Result<T, UnitProblem>;

/** `250ms`, `30s`, `1h30m`, `14d`: whole milliseconds, units in falling order, each at most once. */
export function parseDuration(text: string): Parsed<Millis> {
  const problem = { received: text, write: 'write a number and a unit: ms, s, m, h, d ("30s", "1h30m")' };
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return err(problem);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  let total = 0;
  let last = Number.POSITIVE_INFINITY;
  for (const [, amount, unit] of parts) {
    const size = sizeOf(durationUnits, unit);
    if (size >= last) return err({ ...problem, write: 'write larger units first, each once ("1h30m")' });
    total += Number(amount) * size;
    last = size;
  }
  return wholeOf(total, problem, 'write whole milliseconds ("1500ms")', millis);
}

/** `10%`, `0.5%`: 0 to 100. */
export function parsePercent(text: string): Parsed<Percent> {
  const problem = { received: text, write: 'write a number from 0 to 100 and % ("10%")' };
  const value = /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
  return value <= 100 ? ok(percent(value)) : err(problem);
}

/** `512MiB` (1,024 × 1,024) or `8GB` (1,000 × 1,000 × 1,000): whole bytes. */
export function parseBytes(text: string): Parsed<Bytes> {
  const problem = {
    received: text,
    write: 'write a number and a unit: B, KB, MB, GB, TB or KiB, MiB, GiB, TiB ("512MiB")',
  };
  const match = /^(\d+(?:\.\d+)?)(B|[KMGT]i?B)$/.exec(text);
  if (match === null) return err(problem);
  return wholeOf(
    Number(match[1]) * sizeOf(sizeUnits, match[2]),
    problem,
    'write whole bytes ("1500B")',
    bytes,
  );
}

/** `$200`, `$1,200`, `$0.05`: US dollars with at most two decimals. */
export function parseMoney(text: string): Parsed<Cents> {
  const problem = { received: text, write: 'write dollars with at most two decimals ("$1,200", "$0.05")' };
  const match = /^\$(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null) return err(problem);
  const whole = Number((match[1] ?? '').replaceAll(',', ''));
  return wholeOf(whole * 100 + Number((match[2] ?? '').padEnd(2, '0')), problem, problem.write, cents);
}

/** `500m` is half a processor; `2` and `0.5` are processors. */
export function parseProcessors(text: string): Parsed<number> {
  const problem = { received: text, write: 'write processors or thousandths of one ("500m", 0.5)' };
  if (/^\d+m$/.test(text))
    return wholeOf(Number(text.slice(0, -1)), problem, problem.write, (m) => m / 1_000);
  return /^\d+(\.\d{1,3})?$/.test(text) ? ok(Number(text)) : err(problem);
}

/** `60/min`, `5/s`, `300/5min`: so many per length of time. */
export function parseRate(text: string): Parsed<Rate> {
  const problem = { received: text, write: 'write a count, a slash and a time: s, min, h, d ("60/min")' };
  const match = /^(\d+(?:\.\d+)?)\/(\d*)(s|min|h|d)$/.exec(text);
  if (match === null) return err(problem);
  const per = Number(match[2] || 1) * sizeOf(rateUnits, match[3]);
  if (per === 0) return err(problem);
  return wholeOf(per, problem, problem.write, (whole) => ({ count: Number(match[1]), per: millis(whole) }));
}

/** 90,000 → `1m30s`. The shortest text that means exactly this; a part of a millisecond is rounded away. */
export function formatDuration(value: Millis): string {
  let rest = Math.round(value);
  if (rest === 0) return '0s';
  let text = '';
  for (const [unit, size] of durationUnits) {
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

/** 536,870,912 → `512MiB`, 8,000,000,000 → `8GB`: exact, in the unit that needs the smallest number. */
export function formatBytes(value: Bytes): string {
  const whole = Math.round(value);
  const [unit, size] = sizeUnits.find(([, one]) => whole >= one && whole % one === 0) ?? ['B', 1];
  return `${whole / size}${unit}`;
}

export function formatPercent(value: Percent): string {
  return `${decimal(value)}%`;
}

/** 120,000 → `$1,200`; 5 → `$0.05`. A part of a cent is rounded away. */
export function formatMoney(value: Cents): string {
  const whole = Math.round(Math.abs(value));
  const sign = value < 0 && whole > 0 ? '-' : '';
  const dollars = String(Math.floor(whole / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
  const rest = whole % 100;
  return `${sign}$${dollars}${rest === 0 ? '' : `.${String(rest).padStart(2, '0')}`}`;
}

/** 0.5 → `500m`, 2 → `2`. */
export function formatProcessors(value: number): string {
  return Number.isInteger(value) ? String(value) : `${Math.round(value * 1_000)}m`;
}

export function formatRate({ count, per }: Rate): string {
  const [unit, size] = rateUnits.find(([, one]) => per >= one && per % one === 0) ?? ['s', 1_000];
  const times = per / size;
  return `${decimal(count)}/${times === 1 ? '' : decimal(times)}${unit}`;
}

type Units = readonly (readonly [unit: string, size: number])[];

const durationUnits: Units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

const rateUnits: Units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** By falling size, so that the first that divides a size gives the smallest number. */
const sizeUnits: Units = [
  ['TiB', 1_024 ** 4],
  ['TB', 1_000 ** 4],
  ['GiB', 1_024 ** 3],
  ['GB', 1_000 ** 3],
  ['MiB', 1_024 ** 2],
  ['MB', 1_000 ** 2],
  ['KiB', 1_024],
  ['KB', 1_000],
  ['B', 1],
];

const sizeOf = (units: Units, unit: string | undefined) => units.find(([name]) => name === unit)?.[1] ?? 1;

/**
 * Decimals times a unit are whole within the error of floating point (`1.1s` is 1,100.0000000000002 in binary); what
 * misses by more is refused rather than rounded, and so is what a number cannot count exactly.
 */
function wholeOf<T>(
  value: number,
  problem: UnitProblem,
  write: string,
  make: (whole: number) => T,
): Parsed<T> {
  const whole = Math.round(value);
  if (Math.abs(value - whole) > 1e-6) return err({ ...problem, write });
  if (!Number.isSafeInteger(whole)) return err({ ...problem, write: 'write a smaller number' });
  return ok(make(whole));
}

/** A number without an exponent, to at most nine decimals. */
function decimal(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(9).replace(/\.?0+$/, '') : text;
}
