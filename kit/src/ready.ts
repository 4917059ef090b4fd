import type { Clock } from './clock.ts';
import { messageOf } from './reason.ts';

/** Resolves when the dependency answers; rejects with the reason when not. `signal` is aborted when it takes too long. */
export type ReadyCheck = (signal: AbortSignal) => Promise<unknown>;

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, 'ok' | { readonly reason: string }>>;
}

/** Milliseconds that each check is given: below the second that a probe is usually given. */
const patience = 800;

/** Asks all dependencies at once, each for as long as the patience lasts. */
export async function askAll(checks: Readonly<Record<string, ReadyCheck>>, clock: Clock): Promise<Readiness> {
  const outcomes = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await ask(check, clock)] as const),
  );
  return { ready: outcomes.every(([, outcome]) => outcome === 'ok'), checks: Object.fromEntries(outcomes) };
}

async function ask(check: ReadyCheck, clock: Clock): Promise<'ok' | { reason: string }> {
  const over = new AbortController();
  const answered = new AbortController();
  const late = clock.sleep(patience, answered.signal).then(() => {
    over.abort();
    return { reason: `no answer within ${patience} ms` };
  });
  const answer = Promise.resolve()
    .then(() => check(over.signal))
    .then(
      () => 'ok' as const,
      (reason: unknown) => ({ reason: messageOf(reason) }),
    );
  const outcome = await Promise.race([answer, late]);
  answered.abort();
  return outcome;
}
