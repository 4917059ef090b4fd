import type { Revision } from '#core/release';
import type { Job } from '#core/system';
import { type Millis, millis, ok, type Result } from '#kernel';
import type { TaskOutcome, TaskProgress } from '#ports';
import { happens } from './draws.ts';
import { lookUp } from './site.ts';
import { note, type Site, violated } from './state.ts';

/** As `sysexits.h` has them, and what a shell says of a program that was killed. */
const exitCodes = { tryAgain: 75, timeout: 124, killed: 137, ended: 143 } as const;
const pace = millis(100);

export interface JobRun {
  readonly site: Site;
  readonly job: Revision;
  readonly resume: string | null;
  readonly key: string;
  readonly tell: (progress: TaskProgress) => void;
  readonly atMost: Millis;
  /** Ends it. */
  readonly ending: AbortController;
}

/**
 * A program of several steps that tells where a later attempt may begin. It holds a lock, as migrations do: a second run of
 * it ends at once with exit code 75. One that is ended, or does not end in its time, has the exit code that says so.
 */
export async function runJob(run: JobRun): Promise<Result<TaskOutcome>> {
  const { site, job, key, ending, atMost } = run;
  const { clock, faults } = site.world;
  const attempt = nextAttempt(site, job.service);
  const { job: behaviour } = lookUp(site.world, job);
  const isHeld = attempt <= behaviour.locked || happens(site.random, faults.jobLocked);
  if (isHeld || site.locks.has(job.service)) return outcomeOf(run, 0, exitCodes.tryAgain);
  site.locks.set(job.service, key);
  const startedAt = clock.elapsed();
  const done = new AbortController();
  let isLate = false;
  void clock.sleep(atMost, done.signal).then(() => {
    isLate = !done.signal.aborted;
    ending.abort();
  });
  const exitCode = await runSteps(run, attempt);
  done.abort('done');
  site.locks.delete(job.service);
  return outcomeOf(run, clock.elapsed() - startedAt, isLate ? exitCodes.timeout : exitCode);
}

async function runSteps(run: JobRun, attempt: number): Promise<number> {
  const { site, job, resume, tell } = run;
  const { signal } = run.ending;
  const { clock, faults } = site.world;
  const { job: behaviour } = lookUp(site.world, job);
  const { steps, points } = behaviour;
  const crashes = attempt <= behaviour.locked + behaviour.crashes || happens(site.random, faults.jobCrash);
  const first = stepOf(resume, points);
  const last = crashes ? first + Math.ceil((steps - first) / 2) : steps;
  begins(site, job);
  for (let step = first + 1; step <= last; step += 1) {
    await clock.sleep(millis(behaviour.takesMillis / steps), signal);
    if (signal.aborted) return exitCodes.ended;
    site.changed += 1;
    if (step < last) tell({ resume: points[step - 1] ?? `step ${step}`, done: step, of: steps });
  }
  while (behaviour.waits && !site.jobsMayEnd && !signal.aborted) await clock.sleep(pace, signal);
  if (signal.aborted) return exitCodes.ended;
  if (crashes) return exitCodes.killed;
  if (behaviour.exitCode === 0) finishes(run);
  return behaviour.exitCode;
}

function nextAttempt({ jobs }: Site, service: string): number {
  const known = jobs.get(service) ?? { attempts: 0 };
  jobs.set(service, known);
  known.attempts += 1;
  return known.attempts;
}

function stepOf(resume: string | null, points: readonly string[]): number {
  const point = resume === null ? -1 : points.indexOf(resume);
  return point >= 0 ? point + 1 : Number(/^step (\d+)$/.exec(resume ?? '')?.[1] ?? 0);
}

function outcomeOf({ site, job, key }: JobRun, took: number, exitCode: number): Result<TaskOutcome> {
  note(site, `job ${job.service} ${key} ${exitCode}`);
  return ok({ exitCode, output: words[exitCode] ?? `ended with exit code ${exitCode}\n`, tookMillis: took });
}

const words: Readonly<Record<number, string>> = {
  0: 'done\n',
  75: 'another run holds the lock\n',
  124: 'killed: it did not end in its time\n',
  137: 'killed\n',
  143: 'ended: it was asked to\n',
};

const purposeOf = (site: Site, job: Revision): Job['purpose'] | null =>
  lookUp(site.world, job).job.purpose ?? site.purposes.get(job.service) ?? null;

/** Contracting takes away what older code needs: none of it may run any more. */
function begins(site: Site, job: Revision): void {
  if (purposeOf(site, job) !== 'contract') return;
  const { level } = lookUp(site.world, job).job;
  if (level !== null) site.schema.contracted = Math.max(site.schema.contracted, level);
  for (const { revisions } of site.services.values()) {
    const running = revisions.filter(({ replicas }) => replicas.length > 0);
    const newest = running.at(-1);
    for (const each of running) {
      const needs = each.behaviour.schema;
      const isOlder = needs === null || level === null ? each !== newest : needs < level;
      if (isOlder)
        violated(site, 'schema', `${job.service} contracts while the older ${each.revision.id} runs`);
    }
  }
}

function finishes({ site, job, key }: JobRun): void {
  const times = (site.finished.get(key) ?? 0) + 1;
  site.finished.set(key, times);
  if (times > 1) violated(site, 'R6', `the job ${job.service} took effect ${times} times for the key ${key}`);
  const { level } = lookUp(site.world, job).job;
  if (purposeOf(site, job) === 'expand' && level !== null)
    site.schema.expanded = Math.max(site.schema.expanded, level);
}
