import type { Revision } from '#core/release';
import { ok, type Result } from '#kernel';
import type { Course } from './course.ts';
import type { Scratch } from './drill-scratch.ts';
import { consume, reachOf, revisionsFor, startServices, untilGreen } from './serving.ts';
import type { Tools } from './tools.ts';

/** Starts what serves now; `weak`: what is told of it although it is no failure. */
export async function serve(
  { site }: Tools,
  scratch: Scratch,
  course: Course,
  signal: AbortSignal,
): Promise<Result<{ readonly revisions: readonly Revision[]; readonly weak: readonly string[] }>> {
  const serving = (await site.serving?.()) ?? null;
  const folder = site.target.own.systemFolder;
  const built = await course.step(
    'programs',
    () => revisionsFor(scratch, serving?.release ?? null, folder, signal),
    ({ from }) =>
      from === 'release' ? 'those of the release that serves' : "built from the system's folder",
  );
  if (!built.ok) return built;
  const { revisions, from } = built.value;
  const started = await course.step(
    'services',
    () => startServices(scratch, site.clock, revisions, signal),
    () => `${revisions.length} are ready`,
  );
  if (!started.ok) return started;
  const weak =
    from === 'release' ? [] : ["What was started was built from the system's folder as it is now."];
  return ok({ revisions, weak });
}

/** Every check in its turn, until each is green; what is told of it although it is no failure. */
export async function runChecks(
  { site }: Tools,
  scratch: Scratch,
  course: Course,
  revisions: readonly Revision[],
  signal: AbortSignal,
): Promise<Result<readonly string[]>> {
  const { checks } = scratch.environment;
  const consumers = revisions.filter(({ spec }) => spec.consumer !== null);
  const reached = reachOf(checks, revisions);
  let paused = consumers.filter(({ service }) => !reached.has(service));
  const wanted = await consume(
    scratch,
    consumers.filter((each) => !paused.includes(each)),
    signal,
  );
  if (!wanted.ok) return wanted;
  const weak: string[] = [];
  if (checks.length === 0) weak.push('The system declares no checks: that it serves was not tried.');
  for (const check of checks) {
    const run = (attempts: number) => () => untilGreen(scratch, site.clock, check, { attempts, signal });
    const often = paused.length > 0 ? 1 : Number.POSITIVE_INFINITY;
    const first = await course.step(`check ${check.name}`, run(often), () => 'green');
    if (first.ok) continue;
    if (paused.length === 0) return first;
    weak.push(
      `Check ${check.name} was red while these took no jobs: ${paused.map(({ service }) => service).join(', ')}. They were let take jobs of the restored queues.`,
    );
    const resumed = await consume(scratch, paused, signal);
    if (!resumed.ok) return resumed;
    paused = [];
    const second = await course.step(`check ${check.name}`, run(Number.POSITIVE_INFINITY), () => 'green');
    if (!second.ok) return second;
  }
  return ok(weak);
}
