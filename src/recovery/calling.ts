import { type Clock, type Failure, fail, type Millis, type Result, Thrown } from '#kernel';

/** How long something may take, what it is called in a failure, and who may end it sooner. */
export interface Limits {
  readonly what: string;
  readonly within: Millis;
  readonly signal: AbortSignal;
}

/** After it was told to end, work gets so long to do so by itself: nothing of it may act after what comes next. */
const endGrace = 5_000 as Millis;

/**
 * Runs work that ends by itself, at its time or when the signal is aborted, whatever it does; what it throws becomes a failure.
 * Failures: `recovery_timed_out` (facts: what, limit), `cancelled` (facts: what), `recovery_broken` (facts: what, reason).
 */
export async function within<T>(
  clock: Clock,
  { what, within: limit, signal }: Limits,
  run: (signal: AbortSignal) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (signal.aborted) return fail('cancelled', { what });
  const inner = new AbortController();
  const over = new AbortController();
  const forward = () => inner.abort();
  signal.addEventListener('abort', forward, { once: true });
  const work = settled(what, () => run(inner.signal));
  const timeout = clock.sleep(limit, over.signal).then(() => 'late' as const);
  const told = new Promise<'told'>((resolve) =>
    inner.signal.addEventListener('abort', () => resolve('told'), { once: true }),
  );
  try {
    const first = await Promise.race([work, timeout, told]);
    if (typeof first === 'object') return first;
    inner.abort();
    const last = await Promise.race([work, clock.sleep(endGrace, over.signal).then(() => null)]);
    if (last?.ok === true) return last; // it was done just then
    return first === 'told' ? fail('cancelled', { what }) : fail('recovery_timed_out', { what, limit });
  } finally {
    over.abort();
    signal.removeEventListener('abort', forward);
  }
}

/** The outcome of work that may throw, as streams and the store do. */
export async function settled<T>(what: string, run: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await run();
  } catch (reason) {
    return { ok: false, error: failureOf(reason, what) };
  }
}

/** The failure that an error carries (`Thrown`, or the store's own), or `recovery_broken` with what the error says. */
export function failureOf(reason: unknown, what: string): Failure {
  if (reason instanceof Thrown) return reason.failure;
  const carried = reason instanceof Error && 'failure' in reason ? reason.failure : null;
  if (carried !== null && typeof carried === 'object' && 'code' in carried) return carried as Failure;
  const said = reason instanceof Error ? reason.message : String(reason);
  return { code: 'recovery_broken', facts: { what, reason: said.slice(0, 300) } };
}
