import type { Service } from '#core/system';
import { after, between, type Instant, type Millis, millis, seconds } from '#kernel';
import { inWords } from './text.ts';

/** What probes have told about one process so far. Decided here, asked elsewhere. */
export interface Health {
  readonly since: Instant;
  /** The startup probe has succeeded, or there is none. */
  readonly hasStarted: boolean;
  /** Some probe has succeeded. */
  readonly hasAnswered: boolean;
  /** null until the process was ready for the first time. */
  readonly ready: boolean | null;
  readonly readySince: Instant | null;
  /** Answers in a row of one kind: above 0 successes, below 0 failures. */
  readonly readyStreak: number;
  readonly liveFailures: number;
  readonly detail: string | null;
  readonly readyDue: Instant;
  readonly liveDue: Instant;
}

export type ProbeName = 'startup' | 'live' | 'ready';
export type Answer = { readonly ok: true } | { readonly ok: false; readonly detail: string };
export type Advice = 'keep' | 'restart';

type Probes = Service['probes'];

/** What is said of a process that has only just begun. */
export const notYet = 'it has not answered yet';
export const refused = 'connection refused';

/** Before its first success a process is asked this often, so that a release does not wait for an interval. */
const eagerly = { interval: millis(100), for: seconds(10), later: millis(300) } as const;
/** Without a startup probe a process may take this long to boot before silence counts against its life. */
const bootAllowance = seconds(30);

export function newHealth(probes: Probes, now: Instant): Health {
  return {
    since: now,
    hasStarted: probes.startup === null,
    hasAnswered: false,
    ready: null,
    readySince: null,
    readyStreak: 0,
    liveFailures: 0,
    detail: notYet,
    readyDue: now,
    liveDue: now,
  };
}

/** Which probe is due, or how long none is. Until the startup probe has succeeded no other is asked. */
export function nextProbe(
  health: Health,
  probes: Probes,
  now: Instant,
): { readonly ask: ProbeName } | { readonly wait: Millis } {
  if (!health.hasStarted)
    return health.readyDue <= now ? { ask: 'startup' } : { wait: between(now, health.readyDue) };
  if (health.readyDue <= now) return { ask: 'ready' };
  if (probes.live === null) return { wait: between(now, health.readyDue) };
  if (health.liveDue <= now) return { ask: 'live' };
  return { wait: between(now, health.readyDue < health.liveDue ? health.readyDue : health.liveDue) };
}

/** What an answer changes. `restart` means that the process has lost its right to live. */
export function judge(
  health: Health,
  probes: Probes,
  probe: ProbeName,
  answer: Answer,
  now: Instant,
): { readonly health: Health; readonly advice: Advice } {
  switch (probe) {
    case 'startup':
      return afterStartup(health, probes, answer, now);
    case 'live':
      return afterLive(health, probes, answer, now);
    case 'ready':
      return { health: afterReady(health, probes, answer, now), advice: 'keep' };
  }
}

/** The startup probe's budget is a time, `failures` times `interval`, however often we ask meanwhile. */
function afterStartup(health: Health, probes: Probes, answer: Answer, now: Instant) {
  if (answer.ok) {
    const started = { ...health, hasStarted: true, hasAnswered: true, readyDue: now, liveDue: now };
    return { health: started, advice: 'keep' } as const;
  }
  const probe = probes.startup;
  const budget = probe === null ? bootAllowance : millis(probe.failures * probe.interval);
  const isOver = between(health.since, now) >= budget;
  const detail = isOver ? `it did not start within ${inWords(budget)}: ${answer.detail}` : answer.detail;
  const next = { ...health, detail, readyDue: after(now, pace(health, now, probe?.interval)) };
  return { health: next, advice: isOver ? 'restart' : 'keep' } as const;
}

function afterLive(health: Health, probes: Probes, answer: Answer, now: Instant) {
  const interval = probes.live?.interval ?? seconds(10);
  const liveDue = after(now, interval);
  if (answer.ok)
    return { health: { ...health, hasAnswered: true, liveFailures: 0, liveDue }, advice: 'keep' } as const;
  const isBooting = !health.hasAnswered && between(health.since, now) < bootAllowance;
  const liveFailures = isBooting ? 0 : health.liveFailures + 1;
  const restart = liveFailures >= (probes.live?.failures ?? Number.POSITIVE_INFINITY);
  const detail = health.ready === true && !restart ? health.detail : answer.detail;
  return {
    health: { ...health, liveFailures, liveDue, detail },
    advice: restart ? 'restart' : 'keep',
  } as const;
}

function afterReady(health: Health, probes: Probes, answer: Answer, now: Instant): Health {
  const needed = { successes: probes.ready?.successes ?? 1, failures: probes.ready?.failures ?? 1 };
  const streak = answer.ok ? Math.max(0, health.readyStreak) + 1 : Math.min(0, health.readyStreak) - 1;
  const ready = decideReady(health.ready, streak, needed);
  const interval =
    ready === null ? pace(health, now, probes.ready?.interval) : (probes.ready?.interval ?? seconds(1));
  return {
    ...health,
    hasAnswered: health.hasAnswered || answer.ok,
    ready,
    readySince: ready === true ? (health.readySince ?? now) : null,
    readyStreak: streak,
    detail: ready === true ? null : answer.ok ? health.detail : answer.detail,
    readyDue: after(now, interval),
  };
}

function decideReady(
  present: boolean | null,
  streak: number,
  needed: { readonly successes: number; readonly failures: number },
): boolean | null {
  if (streak >= needed.successes) return true;
  if (present === true && -streak >= needed.failures) return false;
  return present;
}

function pace(health: Health, now: Instant, interval: Millis | undefined): Millis {
  const eager = between(health.since, now) < eagerly.for ? eagerly.interval : eagerly.later;
  return interval !== undefined && interval < eager ? interval : eager;
}
