import { type Clock, systemClock } from '../clock.ts';
import { readConfig } from '../config.ts';
import { messageOf } from '../reason.ts';
import { type Settings, text, type Values } from '../settings.ts';

/** What a check found: the only thing that it prints, as one line of JSON. */
export interface Finding {
  readonly ok: boolean;
  /** What was measured; null when nothing could be. */
  readonly value: number | string | null;
  readonly limit: number | string;
  readonly unit: string;
  readonly detail: string;
}

export interface CheckWorld<S extends Settings> {
  readonly settings: Values<S>;
  readonly clock: Clock;
  /** Aborted at the check's deadline. */
  readonly signal: AbortSignal;
  /** The header that asks for the arm of the release that is to be judged (FAIRWAY_ARM). */
  readonly arm: Readonly<Record<string, string>>;
}

export interface CheckProgram<S extends Settings> {
  readonly settings: S;
  readonly limit: number | string;
  /** Left out: `ms`. */
  readonly unit?: string;
  /** Milliseconds after which it is red whatever comes. Left out: the limit where that is a number, else 30 s. */
  readonly deadline?: number;
  /**
   * Does what is to be checked; what it throws is red. A text says what was seen to be so: then the time it took is what was
   * measured, in milliseconds, and has to be within the limit.
   */
  readonly work: (
    world: CheckWorld<S>,
  ) => Promise<string | { readonly ok: boolean; readonly value: number | string; readonly detail: string }>;
}

/** Milliseconds for work that does not heed its signal. */
const patience = 1_000;

/** Runs a check as a program: prints its finding; exit code 0 when it is green, 1 when it is red or could not be done. */
export async function runCheck<S extends Settings>(
  check: CheckProgram<S>,
  process: NodeJS.Process = globalThis.process,
): Promise<void> {
  const { ok, value, limit, unit, detail } = await findingOf(check, process.env);
  process.stdout.write(`${JSON.stringify({ ok, value, limit, unit, detail })}\n`, () =>
    process.exit(ok ? 0 : 1),
  );
}

/** What the check finds under these variables; never rejects. */
export async function findingOf<S extends Settings>(
  check: CheckProgram<S>,
  env: NodeJS.ProcessEnv,
  clock: Clock = systemClock,
): Promise<Finding> {
  const { limit, unit = 'ms', work } = check;
  const { deadline = typeof limit === 'number' ? limit : 30_000 } = check;
  const red = (detail: string): Finding => ({ ok: false, value: null, limit, unit, detail });
  const read = readConfig({ ...check.settings, arm: text('FAIRWAY_ARM', 'stable') }, { env });
  if (!read.ok) return red(read.problems.join(' '));
  const settings = read.values as Values<S>;
  const arm = { 'x-fairway-arm': (read.values as { arm: string }).arm };
  const over = new AbortController();
  const done = new AbortController();
  const begun = clock.now();
  const late = clock.sleep(deadline, done.signal).then(async () => {
    over.abort();
    await clock.sleep(patience, done.signal);
    return red(`not done within ${deadline} ms`);
  });
  const found = work({ settings, clock, signal: over.signal, arm }).then(
    (result): Finding => {
      if (typeof result !== 'string') return { ...result, limit, unit };
      const value = clock.now() - begun;
      return { ok: typeof limit === 'number' && value <= limit, value, limit, unit, detail: result };
    },
    (reason: unknown) => red(over.signal.aborted ? `not done within ${deadline} ms` : messageOf(reason)),
  );
  const finding = await Promise.race([found, late]);
  done.abort();
  return finding;
}
