import { levels } from '#core/plan';
import type { Release, Revision, Route } from '#core/release';
import type { Check } from '#core/system';
import {
  after,
  type Clock,
  fail,
  type Instant,
  millis,
  minutes,
  ok,
  percent,
  type Result,
  seconds,
} from '#kernel';
import type { Observation, TaskOutcome } from '#ports';
import type { Scratch } from './drill-scratch.ts';

/** Where the revisions of a drill came from. */
export interface Built {
  readonly revisions: readonly Revision[];
  readonly from: 'release' | 'folder';
}

/**
 * The revisions that are started: those of the release that serves now (their snapshots are at the place already), or else built
 * from the system's folder.
 */
export async function revisionsFor(
  scratch: Scratch,
  release: Release | null,
  folder: string,
  signal: AbortSignal,
): Promise<Result<Built>> {
  const { services, secrets } = scratch.environment;
  if (release !== null) {
    const known = services.map(({ name }) => release.revisions.find(({ service }) => service === name));
    if (known.every((each) => each !== undefined)) return ok({ revisions: known, from: 'release' });
  }
  const revisions: Revision[] = [];
  for (const service of services) {
    const built = await scratch.call(`build ${service.name}`, minutes(2), signal, (context) =>
      scratch.target.build(service, folder, context, secrets),
    );
    if (!built.ok) return built;
    revisions.push(built.value);
  }
  return ok({ revisions, from: 'folder' });
}

/** Starts one replica of each revision, what is needed first, and gives it all requests as soon as it is ready. */
export async function startServices(
  scratch: Scratch,
  clock: Clock,
  revisions: readonly Revision[],
  signal: AbortSignal,
): Promise<Result<null>> {
  const first = await scratch.call('a look', seconds(30), signal, async () =>
    ok(await scratch.target.observe()),
  );
  if (!first.ok) return first;
  let version = first.value.router.acknowledged;
  const started: Revision[] = [];
  const needing = revisions.map((revision) => ({
    name: revision.service,
    needs: revision.spec.needs,
    revision,
  }));
  for (const level of levels(needing)) {
    const coming = level.map(({ revision }) => revision);
    const ready = await startLevel(scratch, clock, coming, signal);
    if (!ready.ok) return ready;
    started.push(...coming);
    version += 1;
    const routes = started.filter(({ spec }) => spec.traffic === 'http').map(routeTo);
    const routed = await scratch.call(`route ${version}`, seconds(30), signal, (context) =>
      scratch.target.setRoute({ version, routes }, context),
    );
    if (!routed.ok) return routed;
  }
  return ok(null);
}

const routeTo = ({ id, service }: Revision): Route => ({
  service,
  arms: [{ revision: id, role: 'stable', weight: percent(100) }],
});

async function startLevel(
  scratch: Scratch,
  clock: Clock,
  coming: readonly Revision[],
  signal: AbortSignal,
): Promise<Result<null>> {
  const { startDeadline } = scratch.environment.release;
  const until = after(clock.now(), startDeadline);
  for (const revision of coming) {
    const started = await scratch.call(`start ${revision.id}`, startDeadline, signal, (context) =>
      scratch.target.ensureReplicas({ revision, count: 1 }, context),
    );
    if (!started.ok) return started;
  }
  return untilReady(scratch, clock, coming, until, signal);
}

/** Failure: `drill_not_ready` (facts: services, detail). */
async function untilReady(
  scratch: Scratch,
  clock: Clock,
  coming: readonly Revision[],
  until: Instant,
  signal: AbortSignal,
): Promise<Result<null>> {
  for (;;) {
    const seen = await scratch.call('a look', seconds(30), signal, async () =>
      ok(await scratch.target.observe()),
    );
    if (!seen.ok) return seen;
    const missing = coming.filter(({ id }) => !isReady(seen.value, id));
    if (missing.length === 0) return ok(null);
    if (clock.now() >= until)
      return fail('drill_not_ready', {
        services: missing.map(({ service }) => service).join(', '),
        detail: detailOf(seen.value, missing),
      });
    await clock.sleep(millis(100), signal);
  }
}

const isReady = ({ replicas }: Observation, revision: string) =>
  replicas.some((replica) => replica.revision === revision && replica.state === 'ready');

const detailOf = ({ replicas }: Observation, missing: readonly Revision[]) =>
  replicas.find(({ revision, detail }) => detail !== null && missing.some(({ id }) => id === revision))
    ?.detail ?? 'nothing is known of it';

/** What a check needs, and what that needs in its turn. */
export function reachOf(checks: readonly Check[], revisions: readonly Revision[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = checks.flatMap(({ needs, run }) => (run.kind === 'http' ? [...needs, run.service] : needs));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    open.push(...(revisions.find(({ service }) => service === name)?.spec.needs ?? []));
  }
  return reached;
}

/** Lets one replica of each of these consumers take jobs. */
export async function consume(
  scratch: Scratch,
  consumers: readonly Revision[],
  signal: AbortSignal,
): Promise<Result<null>> {
  for (const { id } of consumers) {
    const done = await scratch.call(`consume ${id}`, minutes(1), signal, (context) =>
      scratch.target.consume({ revision: id, active: 1 }, context),
    );
    if (!done.ok) return done;
  }
  return ok(null);
}

const again = seconds(2);

/**
 * Runs a check until it is green or its time is over: as often as it takes, for three times its own limit. `attempts`: at most so many.
 * Failure: `drill_check_red` (facts: check, exitCode, output).
 */
export async function untilGreen(
  scratch: Scratch,
  clock: Clock,
  check: Check,
  { attempts, signal }: { attempts: number; signal: AbortSignal },
): Promise<Result<{ readonly attempts: number }>> {
  const until = after(clock.now(), millis(check.timeout * 3));
  for (let attempt = 1; ; attempt += 1) {
    // Asked for under a key of its own: the outcome of the time before would be given again.
    const what = `check ${check.name} ${clock.now()}.${attempt}`;
    const limit = millis(check.timeout + seconds(10));
    const outcome = await scratch.call(what, limit, signal, (context) =>
      scratch.target.runTask({ kind: 'check', check, arm: 'stable' }, context),
    );
    if (outcome.ok && outcome.value.exitCode === 0) return ok({ attempts: attempt });
    if (signal.aborted || attempt >= attempts || clock.now() >= until) return redness(check, outcome);
    await clock.sleep(again, signal);
  }
}

function redness(check: Check, outcome: Result<TaskOutcome>): Result<never> {
  if (!outcome.ok) return outcome;
  const { exitCode, output } = outcome.value;
  const last = output.trim().split('\n').at(-1) ?? '';
  return fail('drill_check_red', { check: check.name, exitCode, output: last.slice(0, 300) });
}
