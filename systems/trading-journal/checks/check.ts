import {
  type Clock,
  messageOf,
  readConfig,
  type Settings,
  systemClock as clock,
  text,
  type Values,
} from 'fairway-kit';

/** What a check found: the only thing that it prints, as one line of JSON. */
export interface Finding {
  readonly ok: boolean;
  /** What was measured; null when nothing could be. */
  readonly value: number | string | null;
  readonly limit: number | string;
  readonly unit: 'ms' | 'percent' | 'hash';
  readonly detail: string;
}

export interface CheckWorld<S extends Settings> {
  readonly settings: Values<S>;
  readonly clock: Clock;
  /** Aborted at the check's deadline. */
  readonly signal: AbortSignal;
  /** Asks for the arm of the release that is to be judged. */
  readonly arm: Readonly<Record<string, string>>;
}

/** Runs a check as a program: exit code 0 when it is green, 1 when it is red or could not be done in time. */
export async function runCheck<S extends Settings>(
  check: {
    readonly settings: S;
    readonly limit: Finding['limit'];
    readonly unit: Finding['unit'];
    readonly deadlineMillis: number;
    readonly work: (world: CheckWorld<S>) => Promise<{ value: number | string; ok: boolean; detail: string }>;
  },
  process: NodeJS.Process,
): Promise<void> {
  const { limit, unit, deadlineMillis, work } = check;
  const red = (detail: string): Finding => ({ ok: false, value: null, limit, unit, detail });
  const find = async (): Promise<Finding> => {
    const read = readConfig({ ...check.settings, arm: text('FAIRWAY_ARM', 'stable') }, { env: process.env });
    if (!read.ok) return red(read.problems.join(' '));
    const arm = { 'x-fairway-arm': (read.values as { arm: string }).arm };
    const signal = AbortSignal.timeout(deadlineMillis);
    const late = clock
      .sleep(deadlineMillis + 1_000)
      .then(() => red(`nothing came of it in ${deadlineMillis} ms`));
    const found = work({ settings: read.values, clock, signal, arm }).then(
      (result) => ({ ...result, limit, unit }),
      (reason: unknown) => red(signal.aborted ? `not done within ${deadlineMillis} ms` : messageOf(reason)),
    );
    return Promise.race([found, late]);
  };
  const { ok, value, detail } = await find();
  process.stdout.write(`${JSON.stringify({ ok, value, limit, unit, detail })}\n`, () =>
    process.exit(ok ? 0 : 1),
  );
}
