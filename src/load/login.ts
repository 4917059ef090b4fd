import type { Pool } from 'undici';
import { type Failure, fail } from '#kernel';
import { exchange, givenUp, isExpected, timedOut } from './exchange.ts';
import type { LoadPlan, PlannedSession } from './plan.ts';
import { rememberCookies, type VirtualUser, wireRequest } from './user.ts';
import type { LoadWorld } from './world.ts';

const atOnce = 4; // a few at a time: logging in is slow on purpose, and is not what is measured
const largestAnswer = 1_000_000;

/**
 * Lets every user go through the session's steps, before the load begins. Failure: `load_login_failed` (facts: user,
 * request, reason) at the first step that does not succeed.
 */
export async function logIn(
  pool: Pool,
  plan: LoadPlan,
  users: readonly VirtualUser[],
  world: LoadWorld,
  prefix: string,
): Promise<Failure | null> {
  const { session } = plan;
  if (session === null) return null;
  const waiting = [...users];
  let failure: Failure | null = null;
  const work = async () => {
    for (let user = waiting.shift(); user !== undefined && failure === null; user = waiting.shift()) {
      failure = (await goThrough(session, user, pool, plan, world, prefix)) ?? failure;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, plan.connections) }, work));
  return failure;
}

async function goThrough(
  session: PlannedSession,
  user: VirtualUser,
  pool: Pool,
  plan: LoadPlan,
  world: LoadWorld,
  prefix: string,
): Promise<Failure | null> {
  for (const step of session.steps) {
    const wire = wireRequest({ ...step, path: prefix + step.path }, user, 0, session.csrf);
    const outcome = await withDeadline(plan, world, (signal) => exchange(pool, wire, largestAnswer, signal));
    const failed = (reason: string) =>
      fail('load_login_failed', { user: user.number, request: `${wire.method} ${wire.path}`, reason }).error;
    if (outcome.kind === 'cancelled') return failed('it was stopped');
    if (outcome.kind !== 'answered') return failed(outcome.text);
    const { status, headers, text } = outcome;
    if (!isExpected(status, step.expect)) return failed(`the answer was ${status}`);
    rememberCookies(user, headers['set-cookie'], world.clock);
    user.token = (session.csrf === null ? null : memberOf(text, session.csrf.field)) ?? user.token;
  }
  const missing = session.csrf !== null && user.token === null;
  return missing
    ? fail('load_login_failed', {
        user: user.number,
        request: 'session',
        reason: `no answer had the member ${session.csrf.field}`,
      }).error
    : null;
}

async function withDeadline<T>(
  { timeout }: LoadPlan,
  { clock, signal }: LoadWorld,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const done = new AbortController();
  const stop = () => controller.abort(givenUp);
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const waiting = clock.sleep(timeout, done.signal).then(() => controller.abort(timedOut));
  try {
    return await act(controller.signal);
  } finally {
    done.abort();
    signal?.removeEventListener('abort', stop);
    await waiting;
  }
}

/** The text found in a JSON answer under member names joined by dots; null when there is none. */
function memberOf(text: string, field: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // this step's answer is no JSON; another's may be
  }
  for (const name of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === 'string' ? value : null;
}
