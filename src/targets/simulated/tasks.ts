import { between, fail, type Millis, millis, ok, type Result } from '#kernel';
import type { EffectContext, TaskAsk, TaskOutcome, TaskProgress } from '#ports';
import { greenCheck } from './behaviour.ts';
import { exponential, happens } from './draws.ts';
import { admit } from './effects.ts';
import { noFaults, timeLeft } from './faults.ts';
import { runJob } from './jobs.ts';
import { note, type Run, type Site } from './state.ts';

/** What `timeout` and every shell say of a program that a signal ended. */
const exitCodes = { timeout: 124, broken: 70 } as const;

/**
 * Runs a check or a job to its end. Who asks again under the same key waits for the same run, or gets its outcome; who
 * leaves (`leaving`) leaves it running. Failures: `cancelled`, `fenced`, `target_busy`.
 */
export async function runTask(
  site: Site,
  ask: TaskAsk,
  context: EffectContext,
  leaving: Set<() => void>,
): Promise<Result<TaskOutcome>> {
  const refused = admit(site, context);
  if (refused !== null) return { ok: false, error: refused };
  if (happens(site.random, site.world.faults.busy)) return fail('target_busy', { what: context.key });
  const name = `${ask.kind === 'check' ? ask.check.name : ask.job.service} ${context.key}`;
  const known = site.world.promises.remembers ? site.runs.get(name) : undefined;
  return waitFor(known ?? begin(site, name, ask, context), context, leaving);
}

function begin(site: Site, name: string, ask: TaskAsk, context: EffectContext): Run {
  const listeners = new Set<(progress: TaskProgress) => void>();
  const ending = new AbortController();
  const tell = (progress: TaskProgress) => {
    for (const listener of listeners) listener(progress);
  };
  const atMost = timeLeft(site.world.clock, context);
  const outcome =
    ask.kind === 'check'
      ? runCheck(site, ask, atMost, ending.signal)
      : runJob({ site, job: ask.job, resume: ask.resume, key: context.key, tell, atMost, ending });
  const run: Run = { outcome, ending, listeners };
  site.runs.set(name, run);
  site.running.add(ending);
  void outcome.then((ended) => {
    site.running.delete(ending);
    if (!ended.ok) site.runs.forget(name);
  });
  return run;
}

/** Whoever waits may end the run. */
async function waitFor(
  run: Run,
  { key, progress, signal }: EffectContext,
  leaving: Set<() => void>,
): Promise<Result<TaskOutcome>> {
  const end = () => run.ending.abort();
  signal.addEventListener('abort', end, { once: true });
  if (progress !== undefined) run.listeners.add(progress);
  const outcome = await new Promise<Result<TaskOutcome> | null>((resolve) => {
    const leave = () => resolve(null);
    leaving.add(leave);
    void run.outcome.then((ended) => {
      leaving.delete(leave);
      resolve(ended);
    });
  });
  signal.removeEventListener('abort', end);
  if (progress !== undefined) run.listeners.delete(progress);
  return outcome === null || signal.aborted ? fail('cancelled', { what: key }) : outcome;
}

async function runCheck(
  site: Site,
  { check, arm }: Extract<TaskAsk, { kind: 'check' }>,
  left: Millis,
  signal: AbortSignal,
): Promise<Result<TaskOutcome>> {
  const { clock, checks } = site.world;
  const behaviour = checks.get(check.name) ?? greenCheck;
  const startedAt = clock.now();
  const limit = Math.min(check.timeout, left);
  const usual = behaviour.takesMillis / 2 + exponential(site.random, behaviour.takesMillis / 2);
  const takes = behaviour.result === 'endless' ? limit : Math.min(limit, usual);
  await clock.sleep(millis(takes), signal);
  if (signal.aborted) return fail('cancelled', { what: `check ${check.name}` });
  const exitCode = takes >= limit ? exitCodes.timeout : exitCodeOf(site, check.name, arm);
  note(site, `check ${check.name} ${exitCode}`);
  const detail = exitCode === 0 ? 'as it should be' : exitCode === 1 ? 'not as it should be' : 'no result';
  return ok({ exitCode, output: JSON.stringify({ detail }), tookMillis: between(startedAt, clock.now()) });
}

function exitCodeOf(site: Site, check: string, arm: 'stable' | 'canary'): number {
  const { world, random } = site;
  const { result, redShare } = world.checks.get(check) ?? greenCheck;
  if (world.faults !== noFaults && happens(random, world.faults.checkFlake))
    return random() < 0.5 ? exitCodes.broken : 1;
  if (result === 'broken') return exitCodes.broken;
  const red =
    result === 'red' || (result === 'flaky' && happens(random, redShare)) || isRedAt(site, check, arm);
  return red ? 1 : 0;
}

/** A check is red when one of the revisions that serve its arm fails it. */
function isRedAt(site: Site, check: string, role: 'stable' | 'canary'): boolean {
  for (const { arms } of site.services.values()) {
    const asked = arms.find((arm) => arm.role === role) ?? arms[0];
    if (asked?.revision?.behaviour.failsChecks.includes(check) === true) return true;
  }
  return false;
}
