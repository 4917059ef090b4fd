import { messageOf, readConfig, type Settings, systemClock, text, type Values } from 'fairway-kit';

/** What a check found: the only thing that it prints, as one line of JSON. */
export interface Finding {
  readonly ok: boolean;
  /** Milliseconds that it took; null when it came to nothing. */
  readonly value: number | null;
  readonly limit: number;
  readonly unit: 'ms';
  readonly detail: string;
}

export interface CheckWorld<S extends Settings> {
  readonly settings: Values<S>;
  readonly signal: AbortSignal;
  /** Asks for the arm of the release that is to be judged. */
  readonly arm: Readonly<Record<string, string>>;
}

/** Runs a check as a program: exit code 0 when it was done within `limit` milliseconds, 1 otherwise. */
export async function runCheck<S extends Settings>(check: {
  readonly settings: S;
  readonly limit: number;
  /** What was seen to be so; rejects when it is not. */
  readonly work: (world: CheckWorld<S>) => Promise<string>;
}): Promise<void> {
  const { ok, ...found } = await finding(check);
  process.stdout.write(`${JSON.stringify({ ok, ...found })}\n`, () => process.exit(ok ? 0 : 1));
}

async function finding<S extends Settings>(check: Parameters<typeof runCheck<S>>[0]): Promise<Finding> {
  const { limit, work } = check;
  const red = (detail: string): Finding => ({ ok: false, value: null, limit, unit: 'ms', detail });
  const config = readConfig({ ...check.settings, arm: text('FAIRWAY_ARM', 'stable') });
  if (!config.ok) return red(config.problems.join(' '));
  const settings = config.values as Values<S>;
  const arm = { 'x-fairway-arm': (config.values as { arm: string }).arm };
  const signal = AbortSignal.timeout(limit);
  const begun = systemClock.now();
  try {
    const detail = await work({ settings, signal, arm });
    const value = systemClock.now() - begun;
    return { ok: value <= limit, value, limit, unit: 'ms', detail };
  } catch (reason) {
    return red(signal.aborted ? `not done within ${limit} ms` : messageOf(reason));
  }
}
